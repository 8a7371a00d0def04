const formatted = new Intl.NumberFormat();
const number = (value: number): string => formatted.format(value);
const sessions = (count: number): string => (count === 1 ? '1 session' : `${number(count)} sessions`);
/** Nothing for a number that is not known. */
const counted = (count: number | undefined): string => (count === undefined ? '' : `${number(count)} `);
const sessionsHave = (count: number): string => `${sessions(count)} ${count === 1 ? 'has' : 'have'}`;

/** Every word of the page, in English. Dates, clock times and numbers are written as the browser's own locale has them. */
export const words = {
  product: 'Sessions',

  signIn: {
    title: 'Your sessions',
    lead: 'See every device that is signed in to your account, and sign out the ones you don’t recognise.',
    username: 'Username',
    usernameMissing: 'Enter a username.',
    asAdmin: 'Sign in as an administrator',
    asAdminHint: 'Administrators see and end the sessions of every user.',
    button: 'Sign in',
    busy: 'Signing in…',
    localHint: 'This is the local run: any username signs in, without a password.',
    hostedHint: 'You sign in on your organisation’s own page, and come back here.',
    failed: 'Signing in didn’t work. Try again.',
    unreachable: 'The server can’t be reached. Check your connection and try again.',
    notConfigured: 'This page isn’t set up yet: its configuration can’t be read.',
  },

  notices: {
    ended: 'This session was ended.',
    endedMore: 'It was ended from another device or by an administrator, or its time was over. Sign in again to go on.',
    expired: 'Your sign-in has expired.',
    expiredMore: 'Sign in again to go on.',
    signedOut: 'You’re signed out.',
    signedOutMore: 'Your access from this browser has ended.',
    signedOutEverywhere: 'You’re signed out everywhere.',
    signedOutEverywhereMore: 'Every device has to sign in again.',
    signedOutHere: 'You’re signed out in this browser.',
    signedOutHereMore:
      'The server couldn’t be told, so this session may stay in your list for a while. You can end it there once you sign in again.',
  },

  account: {
    signOut: 'Sign out',
    signingOut: 'Signing out…',
    admin: 'Administrator',
    userId: 'Your user ID',
  },

  own: {
    title: 'Where you’re signed in',
    lead: 'These devices are signed in to your account. If you don’t recognise one, end its session: its access stops at once.',
    current: 'This device',
    others: 'Other devices',
    none: 'No other devices',
    noneMore: 'You’re signed in here and nowhere else.',
    endAll: (count: number | undefined) =>
      count === 1 ? 'End the other session' : `End all ${counted(count)}other sessions`,
    endAllAsk: (count: number | undefined) =>
      count === 1 ? 'End the other session?' : `End all ${counted(count)}other sessions?`,
    keepAll: 'Keep them',
    endAllMore: 'Every device but this one is signed out at once, and has to sign in again.',
    everywhere: 'Sign out everywhere',
    everywhereAsk: 'Sign out everywhere, here too?',
    everywhereMore: 'Every device, this one included, is signed out at once and has to sign in again.',
    keepEverywhere: 'Stay signed in',
  },

  user: {
    title: 'A user’s sessions',
    lead: 'The devices that are signed in as this user. Ending a session stops its access at once.',
    sessions: 'Signed-in devices',
    none: 'Nobody is signed in with this ID',
    noneMore: 'If you expected somebody, check the ID. It may be mistyped.',
    noneLeft: 'No sessions left',
    noneLeftMore: 'This user is signed out on every device.',
    back: 'Your own sessions',
    endAll: (count: number | undefined) => `End all ${counted(count)}sessions`,
    endAllAsk: (count: number | undefined) => `End all ${counted(count)}sessions of this user?`,
    keepAll: 'Keep them',
    endAllMore: 'Every device of this user is signed out at once.',
  },

  lookUp: {
    label: 'Look up a user',
    userId: 'User ID',
    hint: 'An e-mail address, a user name or a user ID. Users find their ID at the foot of this page.',
    missing: 'Enter an e-mail address, a user name or a user ID.',
    noAddress: 'Nobody has that address.',
    noName: 'Nobody has that user name or ID.',
    several: 'Several users have that address. Whom do you mean?',
    failed: {
      offline: 'Not looked up: you’re offline. Try again once you’re connected.',
      other: 'Not looked up: something went wrong on our side. Try again.',
    },
    button: 'Show sessions',
  },

  cleanups: {
    title: 'Cleanups',
    lead: 'A session that is over lets nobody in. The cleanup deletes what is stored of it, on a schedule. These are its last runs.',
    loading: 'Loading the cleanups.',
    loaded: (count: number) => (count === 1 ? '1 run.' : `${number(count)} runs.`),
    runs: 'Last runs',
    lastRuns: (count: number) => (count === 1 ? 'Last run' : `Last ${number(count)} runs`),
    all: (count: number) => `Show all ${number(count)}`,
    none: 'No cleanup has run yet',
    noneMore: 'The first one shows here as soon as it begins.',
    state: { running: 'Running', completed: 'Completed', failed: 'Failed', unfinished: 'Did not finish' },
    dryRun: 'Dry run',
    atWork: 'It is at work.',
    noNumbers: 'It left no numbers.',
    deleted: (deleted: number, of: number) =>
      deleted === 0 ? `Nothing was deleted of ${sessions(of)}.` : `${number(deleted)} of ${sessions(of)} were deleted.`,
    wouldGo: (over: number, of: number) =>
      over === 0
        ? `Nothing would be deleted of ${sessions(of)}.`
        : `${number(over)} of ${sessions(of)} would be deleted.`,
    begunBy: 'Begun by',
    schedule: 'The schedule',
    you: 'You',
    askedFor: 'asked for by',
    byYou: 'you',
    took: 'Took',
    tookNoTime: 'Less than a second',
    tookUnknown: { running: 'Not over yet', completed: '', failed: '', unfinished: 'Not known' },
    why: 'Why',
    reasons: {
      expired: (count: number) => `${number(count)} expired`,
      idle: (count: number) => `${number(count)} idle`,
      expiredOrIdle: (count: number) => `${number(count)} expired or idle`,
      inactive: (count: number) => `${number(count)} inactive`,
      orphaned: (count: number) => `${number(count)} orphaned`,
    },
    failed: 'It failed.',
    failedMore:
      'No security impact: sessions that are over are already refused. The next run tries again. If it fails too, find the cause:',
    unfinished: 'It crashed, or never began.',
    unfinishedMore:
      'No security impact: sessions that are over are already refused, and the next run deletes them. If that one does not finish either, find the cause:',
    dryRunMore: 'A dry run deletes nothing. Start another one. If that one fails too, find the cause:',
    whatToDo: 'What to do',
    log: 'The log of this run',
    dryRunTitle: 'What would be deleted now',
    dryRunHint:
      'A dry run reads all sessions as a cleanup does, and deletes nothing. With millions of sessions it takes minutes.',
    startDryRun: 'Start a dry run',
    dryRunAtWork: 'Dry run at work…',
    notStarted: {
      offline: 'Not started: you’re offline. Try again once you’re connected.',
      other: 'Not started: something went wrong on our side. Try again.',
    },
    problems: {
      server: 'The cleanups can’t be shown right now',
      forbidden: 'You can’t see the cleanups',
    },
  },

  session: {
    device: (browser: string, os: string) => `${browser} on ${os}`,
    unknownDevice: 'Unknown device',
    isThis: 'This device',
    isNew: 'New since your last visit',
    from: 'From',
    signedInFrom: (address: string) => `Signed in from ${address}`,
    signedIn: 'Signed in',
    active: 'Last active',
    activeNow: 'Now',
    justNow: 'Just now',
    today: (time: string) => `Today, ${time}`,
    userAgent: 'Says of itself',
    end: 'End session',
    // Begins with what the button shows, so that people who speak to their browser can name it.
    endNamed: (device: string) => `End session of ${device}`,
    ask: 'End this session?',
    askMore: 'The device is signed out at once, and has to sign in again.',
    confirm: 'End session',
    keep: 'Keep it',
    ending: 'Ending…',
    endedSoFar: (count: number) => `Ending… ${number(count)} ended`,
    more: 'Show more',
    titled: (title: string, count: number, orMore: boolean) =>
      count === 0 ? title : `${title} · ${orMore ? `${number(count)}+ sessions` : sessions(count)}`,
    moreOnDevice: (count: number) => `${number(count)} more on this device`,
  },

  announce: {
    loading: 'Loading the sessions.',
    loaded: (count: number) => `${sessions(count)}.`,
    ended: (device: string) => `The session of ${device} has ended.`,
    endedAll: (count: number) => `${sessionsHave(count)} ended.`,
    added: (device: string) => `New sign-in: ${device}.`,
  },

  problems: {
    offline: 'You’re offline',
    offlineMore: 'The list comes back by itself as soon as you’re connected.',
    offlineSince: (time: string) => `This list is from ${time}. It refreshes by itself as soon as you’re connected.`,
    unreachable: 'The server can’t be reached',
    server: 'The sessions can’t be shown right now',
    serverMore: 'Something went wrong on our side. We keep trying.',
    stale: 'The list can’t be refreshed right now',
    staleSince: (time: string) => `This list is from ${time}. We keep trying.`,
    forbidden: 'You can’t see this user’s sessions',
    forbiddenMore: 'Only administrators can. Sign in as one, or ask somebody who is.',
    badId: 'That isn’t a user ID',
    request: (id: string) => `Request ${id}`,
    retry: 'Try again',
    partlyEnded: (count: number) => ({
      offline: `${sessionsHave(count)} ended. The rest is left, because you’re offline. Try again once you’re connected.`,
      other: `${sessionsHave(count)} ended. Some are left. Try again.`,
    }),
    notEnded: {
      offline: 'Not ended: you’re offline. Try again once you’re connected.',
      other: 'Not ended: something went wrong on our side. Try again.',
      tooOld: 'Not ended: you signed in too long ago to do this. Sign out, sign in again, then end them.',
    },
  },
} as const;
