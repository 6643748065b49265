package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.BoundedReads.Answer;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Fills the cache with credentials under a ticket. A failed fill never fails the operation that
 * requested it.
 *
 * <p>Thread-safe.
 */
public final class CacheFiller {
  private final CredentialCache cache;
  private final CredentialReads reads;
  private final CacheFill mode;
  private final BackendCalls calls;
  private final Background background;
  private final AuthListener listener;

  /**
   * Creates a filler.
   *
   * @param cache to be filled
   * @param reads reads of the database for a fill
   * @param mode before or after the answer; the deadline of background work also bounds a blocking
   *     fill
   */
  public CacheFiller(
      CredentialCache cache, CredentialReads reads, CacheFill mode, EngineContext context) {
    this.cache = requireNonNull(cache, "cache");
    this.reads = requireNonNull(reads, "reads");
    this.mode = requireNonNull(mode, "mode");
    this.calls = context.calls(Part.CREDENTIAL_CACHE);
    this.background = context.background();
    this.listener = context.listener();
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
            Answer<Optional<Credential>> read =
                reads.find(loginId, Caller.in(Lane.COMMON), deadline);
            read.value().ifPresent(found -> store(miss.ticket(), found, read.readAt(), deadline));
          }
        });
  }

  private void store(
      CredentialCache.Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    boolean filled = calls.call(deadline, () -> cache.fill(ticket, credential, readAt, deadline));
    if (!filled) {
      listener.on(new ServiceEvent.CacheFillSkipped(FillFailure.REFUSED));
    }
  }

  private void run(Deadline operation, Consumer<Deadline> fill) {
    boolean taken =
        mode == CacheFill.BLOCKING
            ? runNow(operation.cap(background.deadline()), fill)
            : background.offer(deadline -> quietly(fill, deadline));
    if (!taken) {
      listener.on(new ServiceEvent.CacheFillSkipped(FillFailure.DROPPED));
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
      listener.on(new ServiceEvent.CacheFillSkipped(FillFailure.FAILED));
    }
  }
}
