package io.doorward.auth.event;

import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;

/** Events of servers, caches and background work. */
public interface ServiceEvent extends AuthEvent {
  /** The kind of value that a cache holds for an account. */
  enum CachedValue {
    /** Hash and status, found by the login identifier. */
    CREDENTIAL,
    /** Roles, and which sessions have ended. */
    USER_RECORD
  }

  /** Why a fill of the cache stored nothing. */
  enum FillFailure {
    /** The queue was full, or a blocking fill had no time left. */
    DROPPED,
    /** A concurrent change voided the ticket: works as designed. */
    REFUSED,
    /** A backend could not answer in time. */
    FAILED
  }

  /**
   * A credential was not put into the cache.
   *
   * @param failure why nothing was stored
   */
  record CacheFillSkipped(FillFailure failure) implements ServiceEvent {
    @Override
    public Level level() {
      return failure == FillFailure.REFUSED ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * A sealed value could not be opened: it was sealed with another key ring or in another format,
   * or was tampered with in Redis. The service treats it as absent.
   *
   * @param what kind of value
   */
  record SealedValueRejected(String what) implements ServiceEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * A backend could not answer.
   *
   * @param backend for which part of the service
   * @param kind how it failed
   */
  record BackendFailed(Part backend, StoreException.Kind kind) implements ServiceEvent {
    /**
     * Returns how much it matters.
     *
     * @return {@link Level#ALARM} for a failure that a retry cannot resolve, else {@link
     *     Level#NOTABLE}
     */
    @Override
    public Level level() {
      return kind == StoreException.Kind.MISCONFIGURED || kind == StoreException.Kind.NEWER_FORMAT
          ? Level.ALARM
          : Level.NOTABLE;
    }
  }

  /**
   * The circuit breaker of a backend has opened; a single trial call probes it at intervals.
   *
   * @param backend which one, for instance {@code Redis}
   * @param last how its last call failed
   */
  record BackendUnavailable(String backend, StoreException.Kind last) implements ServiceEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * A backend answers again and its circuit breaker has closed.
   *
   * @param backend which one
   * @param after how long it was lost
   */
  record BackendRecovered(String backend, Duration after) implements ServiceEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A check of a server's settings, or of the service's own, reported a finding: at the start,
   * after an outage, or on request.
   *
   * @param backend which server, or {@code service}
   * @param severity what it does to the start
   * @param code which rule
   * @param meaning what was found and what follows
   * @param advice what to do
   */
  record FindingReported(
      String backend, Finding.Severity severity, String code, String meaning, String advice)
      implements ServiceEvent {
    /**
     * Creates the event for a finding.
     *
     * @param backend which server, or {@code service}
     * @param finding what was found
     * @return the event
     */
    public static FindingReported of(String backend, Finding finding) {
      return new FindingReported(
          backend, finding.severity(), finding.code(), finding.meaning(), finding.advice());
    }

    @Override
    public Level level() {
      return switch (severity) {
        case NOTE -> Level.ROUTINE;
        case WARNING -> Level.NOTABLE;
        case REFUSAL -> Level.ALARM;
      };
    }
  }

  /**
   * This node found a Redis primary for the first time: at the start, after a restart or after a
   * fail-over. The event is repeated when a primary that was not trusted at first becomes trusted.
   *
   * @param identity which one, as the database names it
   * @param believed false if the database knows that another one has taken over from it, or that
   *     this one must wait because it does not continue the present one
   */
  record PrimaryDiscovered(String identity, boolean believed) implements ServiceEvent {
    @Override
    public Level level() {
      return believed ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * An operator has withdrawn a Redis primary that should not have been registered, on this node.
   *
   * @param identity which one, as the database names it
   */
  record PrimaryWithdrawn(String identity) implements ServiceEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * Pending invalidations were delivered by the relay.
   *
   * @param delivered how many
   * @param failed how many of those that were due wait for their next attempt
   */
  record InvalidationsRelayed(int delivered, int failed) implements ServiceEvent {
    @Override
    public Level level() {
      return failed > 0 ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * Invalidations have been pending for longer than the relay needs while all servers answer:
   * caches may serve outdated values. Each node reports this at most once a minute.
   *
   * @param pending how many
   * @param oldest how long the oldest has been
   */
  record InvalidationBacklog(long pending, Duration oldest) implements ServiceEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * A cache check found a cached value that differs from the database and that no pending
   * invalidation explains: a fence was lost, or the database has lost a commit.
   *
   * @param account whose
   * @param what which of its cached values
   * @param repaired true if it was dropped
   */
  record DriftFound(AccountId account, CachedValue what, boolean repaired) implements ServiceEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * Old rows were deleted.
   *
   * @param sessions expired sessions, and old records of ended ones
   * @param outboxRows done outbox rows
   * @param operations outcomes of changes, kept past the time in which a call may be repeated
   */
  record CleanedUp(int sessions, int outboxRows, int operations) implements ServiceEvent {}
}
