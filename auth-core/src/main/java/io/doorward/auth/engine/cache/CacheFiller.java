package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.CacheFill;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.FillFailure;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Retries;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Puts credentials into the cache, by ticket and never in anybody's way: no failure here reaches
 * the operation that asked for it.
 *
 * <p>Thread-safe.
 */
public final class CacheFiller {
  private final CredentialCache cache;
  private final CredentialStore store;
  private final Bulkhead reads;
  private final CacheFill mode;
  private final Background background;
  private final Retries cacheRetries;
  private final Retries storeRetries;
  private final InstantSource clock;
  private final AuthListener listener;

  /**
   * Creates a filler.
   *
   * @param cache to be filled
   * @param store the truth
   * @param reads bounds what is read of the store for a fill
   * @param mode before or after the answer
   * @param background runs background fills; its deadline also bounds a blocking one
   * @param cacheRetries for calls to the cache
   * @param storeRetries for calls to the store
   * @param clock says when the database was read
   * @param listener hears of fills that did not happen
   */
  public CacheFiller(
      CredentialCache cache,
      CredentialStore store,
      Bulkhead reads,
      CacheFill mode,
      Background background,
      Retries cacheRetries,
      Retries storeRetries,
      InstantSource clock,
      AuthListener listener) {
    this.cache = requireNonNull(cache, "cache");
    this.store = requireNonNull(store, "store");
    this.reads = requireNonNull(reads, "reads");
    this.mode = requireNonNull(mode, "mode");
    this.background = requireNonNull(background, "background");
    this.cacheRetries = requireNonNull(cacheRetries, "cacheRetries");
    this.storeRetries = requireNonNull(storeRetries, "storeRetries");
    this.clock = requireNonNull(clock, "clock");
    this.listener = AuthListener.guarded(listener);
  }

  /**
   * Fills with what a login has just read.
   *
   * @param ticket from the miss, older than the read
   * @param credential as read
   * @param readAt the moment before the database was asked
   * @param operation the login's deadline, which bounds a blocking fill
   */
  public void fill(
      CredentialCache.Ticket ticket, Credential credential, Instant readAt, Deadline operation) {
    run(operation, deadline -> store(ticket, credential, readAt, deadline));
  }

  /**
   * Reads a credential and fills, after a sign-up: look-up first, so that the ticket is older than
   * the read.
   *
   * @param loginId whose credential
   * @param operation the operation's deadline, which bounds a blocking fill
   */
  public void warm(LoginId loginId, Deadline operation) {
    run(
        operation,
        deadline -> {
          if (cache.lookup(loginId, deadline) instanceof CredentialCache.Lookup.Miss miss) {
            Instant readAt = clock.instant();
            Optional<Credential> credential =
                storeRetries.repeatable(
                    deadline, () -> reads.call(deadline, () -> store.find(loginId, deadline)));
            credential.ifPresent(found -> store(miss.ticket(), found, readAt, deadline));
          }
        });
  }

  private void store(
      CredentialCache.Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    boolean filled =
        cacheRetries.repeatable(deadline, () -> cache.fill(ticket, credential, readAt, deadline));
    if (!filled) {
      listener.on(new AuthEvent.CacheFillSkipped(FillFailure.REFUSED));
    }
  }

  private void run(Deadline operation, Consumer<Deadline> fill) {
    boolean taken =
        mode == CacheFill.BLOCKING
            ? runNow(operation.cap(background.deadline()), fill)
            : background.offer(deadline -> quietly(fill, deadline));
    if (!taken) {
      listener.on(new AuthEvent.CacheFillSkipped(FillFailure.DROPPED));
    }
  }

  private boolean runNow(Duration left, Consumer<Deadline> fill) {
    if (left.isZero()) {
      return false;
    }
    quietly(fill, Deadline.after(left));
    return true;
  }

  private void quietly(Consumer<Deadline> fill, Deadline deadline) {
    try {
      fill.accept(deadline);
    } catch (StoreException e) {
      listener.on(new AuthEvent.CacheFillSkipped(FillFailure.FAILED));
    }
  }
}
