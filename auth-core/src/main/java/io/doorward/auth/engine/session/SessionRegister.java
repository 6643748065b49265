package io.doorward.auth.engine.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Sessions.ExplainResult;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.TokenStore;
import java.util.Optional;

/** Tells which sessions an account has and had, and how one ended. Thread-safe. */
public final class SessionRegister {
  private final TokenStore store;
  private final BackendCalls calls;

  /** Creates a register of the sessions in a store. */
  public SessionRegister(TokenStore store, EngineContext context) {
    this.store = requireNonNull(store, "store");
    this.calls = context.calls(Part.TOKEN_STORE);
  }

  public SessionListResult list(AccountId account, Deadline deadline) {
    return calls.orUnavailable(
        () ->
            new SessionListResult.Listed(
                calls.call(deadline, () -> store.list(account, deadline)),
                calls.call(deadline, () -> store.listEnded(account, deadline))),
        SessionListResult.Unavailable::new);
  }

  /** Asks for a live session first: one that ends between the two reads has its record by then. */
  public ExplainResult explain(AccountId account, SessionId session, Deadline deadline) {
    return calls.orUnavailable(
        () -> live(account, session, deadline).orElseGet(() -> ended(account, session, deadline)),
        ExplainResult.Unavailable::new);
  }

  private Optional<ExplainResult> live(AccountId account, SessionId session, Deadline deadline) {
    return calls
        .call(deadline, () -> store.find(account, session, deadline))
        .map(found -> new ExplainResult.Live(found.session()));
  }

  private ExplainResult ended(AccountId account, SessionId session, Deadline deadline) {
    return calls
        .call(deadline, () -> record(store, account, session, deadline))
        .<ExplainResult>map(ExplainResult.Ended::new)
        .orElseGet(ExplainResult.Unrecorded::new);
  }

  /** Returns when and why a session ended; empty if the store has no record of it. */
  static Optional<EndedSession> record(
      TokenStore store, AccountId account, SessionId session, Deadline deadline) {
    return store.listEnded(account, deadline).stream()
        .filter(record -> record.id().equals(session))
        .findFirst();
  }
}
