// SPDX-License-Identifier: Apache-2.0
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1f5c33" />
      <path
        d="M5 26c4-8 7-13 9-20M12 26c2-8 3-13 4-20M20 26c-1-8-2-13-3-20M27 26c-4-8-7-13-9-20"
        fill="none"
        stroke="#d9f2c9"
        stroke-width="2.200"
        stroke-linecap="round"
      />
    </svg>
  );
}
