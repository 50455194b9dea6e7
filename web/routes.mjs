// SPDX-License-Identifier: Apache-2.0
// The addresses that the web port answers with a page: the build makes a document of each, and
// src/app.tsx draws it. A new screen is one row here and one there.
export const ROUTES = [
  { path: '/login', title: 'Sign in', page: 'src/pages/login.tsx' },
  { path: '/fleet', title: 'Fleet', page: 'src/pages/fleet/page.tsx' },
  { path: '/report', title: 'Conversion report', page: 'src/pages/report/page.tsx' },
];
