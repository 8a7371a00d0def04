import { environmentOf } from '../../local/functions';
import { type BundleRun, runBundle, synthesizedFunction } from '../support/bundle';
import { type ScriptedService, type ServiceRequest, scriptedService } from '../support/scripted-service';
import { startDatabase } from '../support/stack';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:cleanup:1/durable-execution/run/1';
const EXECUTION = {
  Id: 'run',
  Type: 'EXECUTION',
  Status: 'STARTED',
  StartTimestamp: '2026-11-24T12:00:00Z',
  ExecutionDetails: { InputPayload: JSON.stringify({ dryRun: true }) },
};
const OF_ACTION: Readonly<Record<string, string>> = { START: 'STARTED', SUCCEED: 'SUCCEEDED', FAIL: 'FAILED' };

/** What Lambda keeps of a checkpoint, and tells of it. */
function kept({ body: { CheckpointToken, Updates } }: ServiceRequest) {
  const Operations = Updates.map(({ Action, Payload, Error: failure, ...operation }: any) => ({
    Id: operation.Id,
    ParentId: operation.ParentId,
    Name: operation.Name,
    Type: operation.Type,
    Status: OF_ACTION[Action],
    StartTimestamp: 1_795_521_600,
    ...(operation.Type === 'STEP' && { StepDetails: { Result: Payload, Error: failure } }),
    ...(operation.Type === 'CONTEXT' && { ContextDetails: { Result: Payload, Error: failure } }),
  }));
  return { CheckpointToken: `${CheckpointToken}+`, NewExecutionState: { Operations } };
}

/** The cleanup's bundle, as Lambda runs it; the local run gives it another way to keep its checkpoints. */
describe('The cleanup, where Lambda keeps its checkpoints', () => {
  const { properties, folder } = synthesizedFunction('sessioncleanup');
  let database: Awaited<ReturnType<typeof startDatabase>>;
  let lambda: ScriptedService;
  let answer: (request: ServiceRequest) => { status?: number } & object;

  beforeAll(async () => {
    database = await startDatabase();
    lambda = await scriptedService((request) => answer(request));
  });
  beforeEach(() => {
    lambda.requests.length = 0;
    answer = kept;
  });
  afterAll(async () => {
    await lambda.close();
    await database.close();
  });

  function invoke(state: object): Promise<BundleRun> {
    const event = { DurableExecutionArn: ARN, CheckpointToken: 'token', InitialExecutionState: state };
    const nowhere = 'http://127.0.0.1:9';
    const environment = environmentOf(properties, {
      database: database.endpoint,
      eventBus: nowhere,
      userPool: nowhere,
    });
    return runBundle(folder, event, { env: { ...environment, AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint } });
  }

  it('runs to its end, each checkpoint with the token of the one before', async () => {
    const { answer: ended } = await invoke({ Operations: [EXECUTION] });
    expect(ended.Status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.Result)).toMatchObject({ totalSessions: 0, errors: 0 });
    const { requests } = lambda;
    expect(requests.length).toBeGreaterThan(2);
    expect(requests.map(({ body }) => body.CheckpointToken)).toEqual(
      requests.map((_, index) => `token${'+'.repeat(index)}`),
    );
    const path = `/2025-12-01/durable-executions/${encodeURIComponent(ARN)}/checkpoint`;
    for (const request of requests) {
      expect(request).toMatchObject({ method: 'POST', path });
      expect(request.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[\w-]+\/lambda\//);
    }
  });

  it('reads the rest of a state that did not fit into its event', async () => {
    answer = (request) => (request.method === 'GET' ? { Operations: [] } : kept(request));
    const { answer: ended } = await invoke({ Operations: [EXECUTION], NextMarker: 'more' });
    expect(ended.Status).toBe('SUCCEEDED');
    const [first] = lambda.requests;
    expect(first?.method).toBe('GET');
    expect(first?.path).toMatch(/\/state\?(.*&)?Marker=more(&|$)/);
  });

  it.each([
    ['throttled: Lambda tries again', 429, 'TooManyRequestsException', undefined],
    ['refused: it would be each time', 403, 'AccessDeniedException', 'FAILED'],
  ])('says of a checkpoint that it was %s', async (_, status, type, outcome) => {
    answer = () => ({ status, __type: type, message: 'not now' });
    const { answer: ended, logged } = await invoke({ Operations: [EXECUTION] });
    // An invocation that fails is done again; an answer that says so is the execution's end.
    expect(ended.Status).toBe(outcome);
    expect(outcome ? ended.Error.ErrorMessage : ended.message).toContain('Checkpoint failed: not now');
    expect(logged).toContain('Failed to checkpoint durable execution');
  });
});
