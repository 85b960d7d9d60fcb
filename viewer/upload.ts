/** The upload page: choose, send, watch, take home. The job's id stays in the address, so that a reload finds it again. */
import './theme.css';
import './upload.css';
import { byId, el } from './dom.ts';
import { showTop } from './page-top.ts';
import { chooseForm } from './upload/choose.ts';
import { jobCard } from './upload/job-card.ts';
import { type Sending, sendFiles } from './upload/send.ts';
import { followJob } from './web/follow-job.ts';

function start(): void {
  showTop('Optimize a model', 'Smaller, and proven to look the same');
  const page = byId('page');
  const trouble = el('p', { class: 'notice notice-bad', role: 'alert', hidden: true });
  const place = el('div', { class: 'jobs', 'aria-live': 'off' });
  const say = (why: string) => {
    trouble.textContent = why;
    trouble.hidden = why === '';
  };
  let stop = () => {};

  function follow(id: string): void {
    stop();
    stop = followJob(id, (job) => place.replaceChildren(jobCard(job)), say);
  }

  function send(sending: Sending): void {
    say('');
    const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Sending' });
    const cancel = el('button', { type: 'button', class: 'button' }, 'Stop');
    const aborter = new AbortController();
    cancel.addEventListener('click', () => aborter.abort());
    place.replaceChildren(
      el('section', { class: 'card sending' }, el('h2', { role: 'status' }, 'Sending'), bar, cancel),
    );
    sendFiles(
      sending,
      (ratio) => {
        bar.value = ratio;
      },
      aborter.signal,
    ).then(
      ({ id }) => {
        history.replaceState(null, '', `#${id}`);
        follow(id);
      },
      (failure: unknown) => {
        place.replaceChildren();
        say(failure instanceof Error ? failure.message : String(failure));
      },
    );
  }

  page.replaceChildren(chooseForm(send), trouble, place, curlCard());
  const known = location.hash.slice(1);
  if (known !== '') follow(known);
}

function curlCard(): HTMLElement {
  const command = `curl -F file=@model.glb ${location.origin}/api/uploads`;
  return el(
    'section',
    { class: 'card curl' },
    el('h2', {}, 'From a terminal'),
    el('pre', { tabindex: 0 }, el('code', {}, command)),
    el('p', { class: 'quiet small' }, 'The answer holds the id of the job; /api/jobs/<id> says how it goes.'),
  );
}

start();
