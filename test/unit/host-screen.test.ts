import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastLine, looksLikePrompt, screenText } from '../../src/host/screen.js';

describe('a shell’s screen', () => {
  it('shows what pagers leave, without their words', () => {
    const erased = `\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b`;
    assert.equal(screenText(`one\r\n --More-- ${erased}two\r\n`), 'one\ntwo\n');
    assert.equal(screenText('one\r\n--More--\r        \rtwo\r\n'), 'one\ntwo\n');
    assert.equal(screenText('one\r\n---(more 42%)---\r\x1b[Ktwo\n'), 'one\ntwo\n');
  });

  it('shows no colours, titles or cursors', () => {
    assert.equal(
      screenText('\x1b]0;title\x07\x1b[?2004h\x1b[01;32muser@host\x1b[00m:~$ ls\r\n'),
      'user@host:~$ ls\n',
    );
  });

  it('ends with a prompt, or asks for a key', () => {
    for (const prompt of [
      'R1#',
      'sw-1.lab>',
      'user@host> ',
      '[admin@MikroTik] > ',
      '$ ',
      '\x1b[1mroot@x:~#\x1b[0m ',
    ]) {
      const { text, pager } = lastLine(`some\r\ntext\r\n${prompt}`);
      assert.ok(looksLikePrompt(text), prompt);
      assert.equal(pager, false);
    }
    for (const more of [
      '--More--',
      ' --More-- ',
      '---(more)---',
      '---(more 42%)---',
      '<--- More --->',
      '-- [Q quit|D dump|down]',
      '--More--(42%)',
    ])
      assert.equal(lastLine(`text\r\n${more}`).pager, true, more);
    for (const line of ['Internet  192.0.2.9', 'R1# show ip arp', ''])
      assert.equal(looksLikePrompt(lastLine(`x\n${line}`).text), false, line);
  });

  it('can be made of anything', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\r', '\n', '\b', '\x1b', '[', 'K', ']', '--More--', '#'),
    });
    fc.assert(
      fc.property(text, (raw) => {
        assert.ok(!/[\r\b\f]/.test(screenText(raw)));
        lastLine(raw);
      }),
    );
  });
});
