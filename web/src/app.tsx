// SPDX-License-Identifier: Apache-2.0
// The frame around every screen: who is signed in, where one can go, the theme; and which page an
// address shows. The screens that people begin with come with the frame, so that a first look needs
// few requests; the others are loaded when they are first shown.
import { type ComponentType, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import Fleet from './pages/fleet/page.tsx';
import Login from './pages/login.tsx';
import { place } from './state/route.ts';
import { exit, findOut, me } from './state/session.ts';
import { type Theme, THEMES, theme } from './state/theme.ts';
import { Button } from './ui/button.tsx';
import { Logo } from './ui/logo.tsx';

interface Screen {
  title: string;
  open?: boolean; // answers without a session
  nav?: boolean;
  show?: ComponentType; // else:
  load?: () => Promise<{ default: ComponentType }>;
}

const SCREENS: Record<string, Screen> = {
  '/login': { title: 'Sign in', open: true, show: Login },
  '/fleet': { title: 'Fleet', nav: true, show: Fleet },
  '/report': { title: 'Conversion report', load: () => import('./pages/report/page.tsx') },
};

const THEME_NAMES: Record<Theme, string> = {
  system: 'Theme: system',
  light: 'Theme: light',
  dark: 'Theme: dark',
  contrast: 'Theme: sunlight',
};

function Top() {
  return (
    <header class="top">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <span class="brand">
        <Logo />
        Furrow
      </span>
      <nav aria-label="Screens">
        {Object.entries(SCREENS)
          .filter(([, screen]) => screen.nav)
          .map(([path, screen]) => (
            <a
              key={path}
              class="row"
              href={path}
              {...(place.value.path === path ? { 'aria-current': 'page' as const } : {})}
            >
              {screen.title}
            </a>
          ))}
      </nav>
      <select
        aria-label="Theme"
        value={theme.value}
        onChange={(event) => {
          theme.value = THEMES.find((t) => t === event.currentTarget.value) ?? 'system';
        }}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {THEME_NAMES[name]}
          </option>
        ))}
      </select>
      {me.value && (
        <>
          <span class="quiet">{me.value.name}</span>
          <Button onClick={() => void exit()}>Sign out</Button>
        </>
      )}
    </header>
  );
}

function App() {
  const { path } = place.value;
  const screen = SCREENS[path];
  const [loaded, setLoaded] = useState<{ path: string; show: ComponentType } | null>(null);
  const closed = !screen?.open && !me.value;
  useEffect(() => {
    document.title = `${screen?.title ?? 'Nothing here'} · Furrow`;
    void screen?.load?.().then((module) => setLoaded({ path, show: module.default }));
  }, [path]);
  useEffect(() => {
    if (!screen?.open && me.value === undefined) void findOut();
  }, [path]);
  const Show = closed ? null : (screen?.show ?? (loaded?.path === path ? loaded.show : null));
  return (
    <>
      <Top />
      <main id="main" tabIndex={-1}>
        {!screen && <p>There is no page here.</p>}
        {Show && <Show />}
      </main>
    </>
  );
}

const root = document.getElementById('app');
if (root) render(<App />, root);
