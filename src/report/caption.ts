/** What a case's picture shows, in words, for somebody who has never seen one. */
import type { Recording } from '../evidence/recording.js';
import { type Announcement, isAboutHost, type Sightings, sightings } from './fates.js';

/** Two or three short sentences: what a mark is, what happens at the upright lines, what the bars are. */
export function captionOf(recording: Recording, seen: Sightings = sightings(recording)): string {
  const aboutHost = isAboutHost(recording);
  const marks = aboutHost ? hostMarks : recording.streams.length > 0 ? streamBars : switchMarks;
  const hasCache = recording.events.some(({ kind }) => kind === 'neighbour');
  const who = aboutHost ? 'the new owner' : 'the station';
  return [
    marks,
    turningPoint(seen.announcements, who),
    hasCache ? 'Bars are what the host’s own cache says.' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

const switchMarks =
  'World sends frames to the station; the coloured marks show at which ports they came out.';
const streamBars =
  'World sends a dense stream to the station; the coloured bars show at which ports it came out.';
const hostMarks =
  'The coloured marks are frames of the host to the service: to its owner, or to the former one.';

function turningPoint(announcements: readonly Announcement[], who: string): string {
  const ports = [...new Set(announcements.map(({ port }) => `port ${port}`))];
  if (ports.length === 0) return '';
  if (announcements.length === 1) return `At the blue line, time 0, ${who} announces itself at ${ports[0]}.`;
  const where = ports.length === 1 ? `at ${ports[0]}` : `at ${ports.join(' and ')} in turn`;
  return `At each blue line ${who} announces itself ${where}; time counts from the first.`;
}
