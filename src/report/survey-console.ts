/** What an operator reads in the terminal when a survey is over. */
import { Chalk } from 'chalk';
import type { Segment, Survey } from '../survey/result.js';
import { cut, paints, plain } from './paint.js';
import {
  cellLegend,
  cellsOf,
  echoText,
  fingerprintText,
  hasFingerprints,
  orderedHosts,
  rateText,
  surveyWords,
  verdictOrder,
} from './survey-view.js';

/** Every host in a line, the worst first; then what the segment as a whole means. */
export function renderSurveyTable(survey: Survey, options: { color: boolean; width: number }): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const paint = paints(chalk);
  const lines: string[] = [];
  if (!survey.complete) {
    lines.push(paint.inconclusive(`The survey was cut short: ${plain(survey.cutShort ?? '')}`));
    lines.push('What it did not reach is marked as not seen.', '');
  }
  for (const segment of survey.segments) lines.push(...segmentLines(segment, chalk, options.width));
  for (const note of survey.notes) lines.push(plain(note));
  lines.push(chalk.dim(`${rateText(survey)}.`));
  return `${lines.join('\n')}\n`;
}

function segmentLines(segment: Segment, chalk: InstanceType<typeof Chalk>, width: number): string[] {
  const paint = paints(chalk);
  const { columns, counts, subnet, summary, forms, software, advice } = segment;
  const head = [chalk.bold(`${plain(subnet)}: ${plain(summary)}`)];
  if (segment.hosts.length === 0)
    return [...head, 'Is the NIC on that segment, and is the subnet the hosts’?', ''];

  const numbers = columns.map((_, index) => String(index + 1).padStart(2));
  const legend = columns.map(({ title }, index) => `${numbers[index]} ${title}`);
  const addressWidth = Math.max(...segment.hosts.map(({ address }) => address.length));
  const wordWidth = Math.max(...verdictOrder.map((verdict) => surveyWords[verdict].word.length)) + 2;
  const rows = orderedHosts(segment).map((host) => {
    const { symbol, word, tone } = surveyWords[host.verdict];
    const cells = cellsOf(segment, host).map((cell) => paint[cell.tone](` ${cell.symbol}`));
    const name = host.name === '' ? (host.mac ?? '–') : host.name;
    const said = [
      // What the columns say already is not said twice.
      ...(host.verdict === 'follows' && host.reason === 'follows' ? [] : [host.reason]),
      ...host.notes,
      ...(hasFingerprints(segment) ? [`arp-fingerprint: ${fingerprintText(host) ?? '–'}`] : []),
    ].join('; ');
    const start = [
      host.address.padEnd(addressWidth),
      paint[tone](`${symbol} ${word}`.padEnd(wordWidth)),
      cells.join(' '),
      echoText(host).padStart(7),
      cut(plain(name), 17).padEnd(17),
    ].join('  ');
    const room = width - addressWidth - wordWidth - cells.length * 3 - 34;
    return room > 20 ? `${start}  ${cut(plain(said), room)}` : start;
  });
  const columnsHead = [
    'address'.padEnd(addressWidth),
    'verdict'.padEnd(wordWidth),
    numbers.join(' '),
    'echo'.padStart(7),
    'station',
  ].join('  ');
  const list = (title: string, entries: Segment['forms']) =>
    entries.every(({ of }) => of === 0)
      ? []
      : [
          '',
          chalk.bold(title),
          ...entries.map(
            ({ title: what, reached, of }) => `  ${`${reached} of ${of}`.padStart(10)}  ${plain(what)}`,
          ),
        ];
  const tally = verdictOrder
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) =>
      paint[surveyWords[verdict].tone](
        `${surveyWords[verdict].symbol} ${counts[verdict]} ${surveyWords[verdict].word}`,
      ),
    );
  return [
    ...head,
    '',
    ...legend,
    cellLegend,
    '',
    chalk.dim(columnsHead),
    ...rows,
    ...list('What reaches how many hosts', forms),
    ...list('Failover software, by what it announces', software),
    '',
    ...advice.map((text) => `→ ${plain(text)}`),
    tally.join('   '),
    chalk.bold(`${plain(subnet)}: ${plain(summary)}`),
    '',
  ];
}
