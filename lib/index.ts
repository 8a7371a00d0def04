export { type ExportedSessionsProps, Sessions } from './doors';
export { SessionBackend, type SessionBackendProps } from './session-backend';
export { ConfigurationError } from './stage';
