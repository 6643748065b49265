package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;

/**
 * Replaces a hash of an outdated scheme or cost once its password is known, at a successful login.
 * In the background, compare-and-set on the version that the login saw: a password that changes
 * meanwhile wins.
 *
 * <p>Thread-safe. A failed rehash is retried at the next login.
 */
public final class Rehasher {
  private final CredentialStore store;
  private final BoundedHasher hasher;
  private final Invalidator invalidator;
  private final Background background;
  private final BackendCalls calls;
  private final BackendCalls queue;
  private final AuthListener listener;

  /**
   * Creates a rehasher.
   *
   * @param store stores credentials
   * @param hasher makes the new hash
   * @param invalidator tells the cache
   */
  public Rehasher(
      CredentialStore store, BoundedHasher hasher, Invalidator invalidator, EngineContext context) {
    this.store = requireNonNull(store, "store");
    this.hasher = requireNonNull(hasher, "hasher");
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.background = context.background();
    this.calls = context.calls(Part.ACCOUNT_STORE);
    this.queue = context.calls(Part.REHASH_QUEUE);
    this.listener = context.listener();
  }

  /**
   * Renews the hash of a credential if it is outdated. Returns at once.
   *
   * @param seen the credential that the password matched
   * @param password the password in clear
   */
  void rehashOutdated(Credential seen, Password password) {
    if (hasher.isOutdated(seen.hash())
        && !background.offer(deadline -> run(seen, password, deadline))) {
      queue.failed(StoreException.Kind.REFUSED);
    }
  }

  private void run(Credential seen, Password password, Deadline deadline) {
    hasher
        .hash(password, deadline)
        .ifPresent(next -> calls.attempt(() -> replace(seen, next, deadline)));
  }

  private void replace(Credential seen, PasswordHash next, Deadline deadline) {
    OperationId operation = OperationId.random();
    CredentialStore.Change change =
        calls.call(
            deadline,
            () -> store.rehash(seen.account(), seen.version(), next, operation, deadline));
    if (change instanceof CredentialStore.Change.Changed changed) {
      invalidator.deliver(changed.pending(), deadline);
      listener.on(new AccountEvent.PasswordRehashed(seen.account()));
    }
  }
}
