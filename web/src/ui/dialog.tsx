// SPDX-License-Identifier: Apache-2.0
// A question before something that cannot be undone by a click. The browser's own modal dialog
// keeps the focus inside, closes on Escape and gives the focus back.
import { useEffect, useRef, useState } from 'preact/hooks';

import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

export interface Question {
  title: string;
  text: string;
  reason: string; // the label of the text that is asked for
  mustSay: boolean; // the text may not stay empty
  yes: string;
  danger: boolean;
  act: (reason: string) => Promise<void>;
}

export function Confirm({ question, onClose }: { question: Question; onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  useEffect(() => box.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure('');
    try {
      await question.act(reason.trim());
      box.current?.close();
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <dialog ref={box} onClose={onClose} aria-labelledby="confirm-title">
      <form class="stack" onSubmit={submit}>
        <h2 id="confirm-title">{question.title}</h2>
        <p>{question.text}</p>
        <label class="field">
          {question.reason}
          <textarea
            name="reason"
            autofocus
            required={question.mustSay}
            maxLength={1000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.currentTarget.form?.requestSubmit();
              }
            }}
          />
        </label>
        {failure && <Notice tone="bad">{failure}</Notice>}
        <div class="row">
          <Button type="submit" kind={question.danger ? 'danger' : 'primary'} busy={busy}>
            {question.yes}
          </Button>
          <Button onClick={() => box.current?.close()}>Cancel</Button>
        </div>
      </form>
    </dialog>
  );
}
