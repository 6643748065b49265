package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.BoundedReads;
import io.doorward.auth.guard.BoundedReads.Answer;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Caller;
import java.util.Optional;

/**
 * Reads the database on behalf of the credential cache: the credential after a miss, and the
 * version to verify a hit. Both reads are retried, shared and separately bounded, so that misses do
 * not delay comparisons. Thread-safe.
 */
public final class CredentialReads {
  private final CredentialStore store;
  private final BackendCalls calls;
  private final BoundedReads<LoginId, Optional<Credential>> credentials;
  private final BoundedReads<AccountId, Optional<CredentialVersion>> versions;

  /**
   * Creates the reads.
   *
   * @param store reads the database
   * @param reads bounds reads of credentials
   * @param probes bounds comparisons of versions
   */
  public CredentialReads(
      CredentialStore store, Bulkhead reads, Bulkhead probes, EngineContext context) {
    this.store = requireNonNull(store, "store");
    this.calls = context.calls(Part.ACCOUNT_STORE);
    this.credentials = new BoundedReads<>(Part.ACCOUNT_STORE.text(), reads, context.clock());
    this.versions = new BoundedReads<>(Part.ACCOUNT_STORE.text(), probes, context.clock());
  }

  /**
   * Reads the credential of a login identifier.
   *
   * @throws StoreException if the database does not answer, or too many callers wait for it
   */
  public Answer<Optional<Credential>> find(LoginId loginId, Caller caller, Deadline deadline) {
    return calls.call(
        deadline,
        () -> credentials.read(caller, loginId, deadline, () -> store.find(loginId, deadline)));
  }

  /**
   * Returns whether a cached credential still matches its account: one read by primary key.
   *
   * @throws StoreException if the database does not answer, or too many callers wait for it
   */
  public boolean isPresent(Credential cached, Caller caller, Deadline deadline) {
    AccountId account = cached.account();
    Optional<CredentialVersion> present =
        calls
            .call(
                deadline,
                () ->
                    versions.read(
                        caller, account, deadline, () -> store.version(account, deadline)))
            .value();
    return present.filter(cached.version()::equals).isPresent();
  }
}
