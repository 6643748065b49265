package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import java.util.Optional;

/**
 * Replaces a hash of an outdated scheme or cost once its password is known, at a successful login.
 * In the background, compare-and-set on the version that the login saw: a password that changes
 * meanwhile wins.
 *
 * <p>Thread-safe. What cannot be done now is simply tried at the next login.
 */
public final class Rehasher {
  private final CredentialStore store;
  private final BoundedHasher hasher;
  private final Invalidator invalidator;
  private final Background background;
  private final Retries retries;
  private final AuthListener listener;

  /**
   * Creates a rehasher.
   *
   * @param store the truth
   * @param hasher makes the new hash
   * @param invalidator tells the cache
   * @param background runs the work
   * @param retries for calls to the store
   * @param listener hears of each rehash
   */
  public Rehasher(
      CredentialStore store,
      BoundedHasher hasher,
      Invalidator invalidator,
      Background background,
      Retries retries,
      AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.hasher = requireNonNull(hasher, "hasher");
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.background = requireNonNull(background, "background");
    this.retries = requireNonNull(retries, "retries");
    this.listener = AuthListener.guarded(listener);
  }

  /**
   * Renews the hash of a credential. Returns at once.
   *
   * @param seen the credential that the password matched
   * @param password the password in clear
   */
  public void rehash(Credential seen, Password password) {
    if (!background.offer(deadline -> run(seen, password, deadline))) {
      listener.on(new AuthEvent.BackendFailed(Part.REHASH_QUEUE, StoreException.Kind.REFUSED));
    }
  }

  private void run(Credential seen, Password password, Deadline deadline) {
    Optional<PasswordHash> next = hasher.hash(password, deadline);
    if (next.isEmpty()) {
      return;
    }
    OperationId operation = OperationId.random();
    try {
      CredentialStore.Change change =
          retries.repeatable(
              deadline,
              () -> store.rehash(seen.account(), seen.version(), next.get(), operation, deadline));
      if (change instanceof CredentialStore.Change.Changed changed) {
        invalidator.deliver(changed.pending(), deadline);
        listener.on(new AuthEvent.PasswordRehashed(seen.account()));
      }
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackendFailed(Part.ACCOUNT_STORE, e.kind()));
    }
  }
}
