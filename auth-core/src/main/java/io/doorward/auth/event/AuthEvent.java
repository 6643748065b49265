package io.doorward.auth.event;

import io.doorward.auth.base.SessionId;

/**
 * An event for operators and security teams. The events of the library are nested in {@link
 * AccessEvent}, {@link AccountEvent} and {@link ServiceEvent}. Not sealed: new types may be added.
 *
 * <p>Security: events carry reasons that a caller must not learn. Events never hold a login
 * identifier, a password, a token or a key. A {@link SessionId} opens nothing without a signed
 * token. A client's network (an IPv4 address or an IPv6 /64) is in clear, which is personal data.
 */
public interface AuthEvent {
  /** How important an event is for operators. */
  enum Level {
    /** Normal operation: a success, a requested change, background work. */
    ROUTINE,
    /**
     * A refusal or a failure, as it occurs now and then. A single one is normal; many are a signal.
     */
    NOTABLE,
    /** An operator should look: it does not resolve by itself, or should never occur. */
    ALARM
  }

  /**
   * Returns the importance of this event.
   *
   * @return {@link Level#ROUTINE} unless the type says otherwise
   */
  default Level level() {
    return Level.ROUTINE;
  }

  /** An event of a committed change, of which the caches have to be told. */
  interface Committed extends AuthEvent {
    /**
     * Returns whether a cache may still serve the old value.
     *
     * @return true if Redis could not be told yet; the relay will
     */
    boolean cachePending();

    /**
     * Returns how much it matters.
     *
     * @return {@link Level#NOTABLE} while a cache may serve the old value, else {@link
     *     Level#ROUTINE}
     */
    @Override
    default Level level() {
      return cachePending() ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /** The parts of the service that call a backend or have a bounded queue. */
  enum Part {
    /** Accounts and profiles in the database. */
    ACCOUNT_STORE("account store"),
    /** Counts attempts for all nodes. */
    ATTEMPT_LIMITER("attempt limiter"),
    /** Fills, touches and other work after an answer. */
    BACKGROUND("background"),
    /** Compares the caches with the database. */
    CACHE_CHECK("cache check"),
    /** Removes expired rows. */
    CLEAN_UP("clean-up"),
    /** Cached credentials. */
    CREDENTIAL_CACHE("credential cache"),
    /** Counts wrong passwords in the database. */
    FAILURE_COUNT("failure count"),
    /** Hashes passwords and compares them. */
    HASHING("hashing"),
    /** Pending invalidations. */
    OUTBOX("outbox"),
    /** The Redis primaries that the nodes know. */
    PRIMARY_REGISTRY("primary registry"),
    /** The database, for user records that Redis does not have. */
    PROFILE_STORE("profile store"),
    /** Renews outdated hashes. */
    REHASH_QUEUE("rehash queue"),
    /** Sessions in Redis that the database owns. */
    SESSION_VIEW("session view"),
    /** Sessions. */
    TOKEN_STORE("token store"),
    /** Cached user records. */
    USER_RECORDS("user records");

    private final String text;

    Part(String text) {
      this.text = text;
    }

    /**
     * Returns the name used in logs and metrics.
     *
     * @return lower case words, for instance {@code token store}
     */
    public String text() {
      return text;
    }
  }
}
