/** The page of a survey, complete in itself: no script, nothing fetched, every text escaped. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { packageRoot } from '../root.js';
import type { Reach, Segment, Survey, SurveyedHost } from '../survey/result.js';
import { stripControls } from './escape.js';
import {
  cellLegend,
  cellsOf,
  echoText,
  fingerprintText,
  hasFingerprints,
  rateText,
  surveyWords,
  verdictOrder,
} from './survey-view.js';
import { formatTime } from './views.js';
import { formatRunTime } from './words.js';

/** @param options.generatedAt the moment that the page names as its own, ISO 8601 */
export function renderSurveyHtml(survey: Survey, options: { generatedAt: string }): string {
  const { page, style } = loadTemplate();
  const subnets = survey.segments.map(({ subnet }) => subnet).join(' and ');
  const html = page({
    title: `${subnets}: who misses a failover`,
    style,
    styleHash: createHash('sha256').update(style).digest('base64'),
    cutShort: survey.complete ? null : (survey.cutShort ?? 'for a reason that it does not tell'),
    segments: survey.segments.map(segmentView),
    notes: survey.notes,
    facts: [
      { term: 'Survey', value: survey.id },
      { term: 'Started', value: formatTime(survey.startedAt) },
      { term: 'Took', value: formatRunTime(survey.startedAt, survey.endedAt) },
      {
        term: 'Ports',
        value: survey.ports.map(({ name, nic, driver }) => `${name}: ${nic} (${driver})`).join(', '),
      },
      { term: 'Frames', value: rateText(survey) },
      { term: 'Version', value: survey.version },
    ],
    evidence: survey.evidence.capture.path,
    generatedAt: formatTime(options.generatedAt),
  });
  // Handlebars escaped every text; what no page may hold is left.
  return stripControls(html);
}

let loaded: { page: (view: object) => string; style: string } | undefined;

function loadTemplate() {
  const read = (name: string) => readFileSync(join(packageRoot, 'templates', name), 'utf8');
  loaded ??= {
    page: Handlebars.create().compile(read('survey.hbs'), { strict: true }),
    style: `${read('report.css')}${read('survey.css')}`,
  };
  return loaded;
}

function segmentView(segment: Segment) {
  const { subnet, summary, counts, advice, columns, hosts } = segment;
  const worst =
    counts.misses > 0 ? 'fail' : counts.partly > 0 || hosts.length === 0 ? 'inconclusive' : 'pass';
  return {
    subnet,
    anchor: subnet.replace(/[^\w.]/g, '-'),
    summary,
    tone: worst,
    missing: segment.missing,
    tally: verdictOrder
      .filter((verdict) => counts[verdict] > 0)
      .map((verdict) => ({ ...surveyWords[verdict], count: counts[verdict] })),
    advice,
    forms: segment.forms.filter(({ of }) => of > 0).map(reachView),
    software: segment.software.map(reachView),
    columns: columns.map(({ heading, title, service }) => ({ heading, title, service: service ?? '–' })),
    legend: cellLegend,
    fingerprints: hasFingerprints(segment),
    groups: verdictOrder.flatMap((verdict) => {
      const members = hosts.filter((host) => host.verdict === verdict);
      if (members.length === 0) return [];
      return [
        {
          ...surveyWords[verdict],
          count: members.length,
          hosts: members.map((host) => hostView(segment, host)),
        },
      ];
    }),
  };
}

function reachView({ title, reached, of }: Reach) {
  return { title, reached, of, all: of > 0 && reached === of, none: reached === 0 };
}

function hostView(segment: Segment, host: SurveyedHost) {
  const { symbol, word, tone } = surveyWords[host.verdict];
  return {
    address: host.address,
    station: host.mac ?? '–',
    name: host.name,
    symbol,
    word,
    tone,
    said: [host.reason, ...host.notes],
    cells: cellsOf(segment, host),
    echo: echoText(host),
    fingerprint: fingerprintText(host) ?? '',
    bits: host.fingerprint?.bits ?? '',
  };
}
