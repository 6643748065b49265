package io.doorward.auth.event;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Events of logins, tokens, sessions and requests. */
public interface AccessEvent extends AuthEvent {
  /** Where a login found its credential. */
  enum Source {
    /** The cached credential matched. */
    CACHE,
    /** The database was read. */
    DATABASE,
    /** None was asked: the application had proved the login itself. */
    HOST
  }

  /** The parts of a login that are timed. */
  enum Step {
    /** Calling the limiter, including the wait for a place. */
    THROTTLE,
    /** Looking into the credential cache. */
    CACHE_LOOKUP,
    /** Reading the database. */
    DATABASE_READ,
    /** Waiting for a hashing permit and hashing. */
    HASHING,
    /** Creating the session and signing its token. */
    SESSION
  }

  /** Why a login was rejected. */
  enum LoginRefusal {
    /**
     * No account under that identifier, or it has no password; or no such account, where the
     * application had proved the login itself.
     */
    UNKNOWN_LOGIN,
    /** The password is not the account's. */
    WRONG_PASSWORD,
    /** The stored hash can match no password: see {@link HashUnreadable}. */
    UNREADABLE_HASH,
    /** Right password or other proof, but the account is pending, disabled or deleted. */
    NOT_ACTIVE,
    /**
     * Right password from an unknown device, after too many wrong ones: see {@link
     * Budget#PASSWORD}.
     */
    KNOWN_DEVICES_ONLY,
    /** The credential was replaced while this login was under way. */
    CREDENTIAL_CHANGED
  }

  /** Which budget of attempts was spent. */
  enum Budget {
    /**
     * The budget of one login identifier, or of one network at it: too many failures. Waits grow.
     */
    ACCOUNT,
    /**
     * The budget of one known device at one login identifier, whose waits grow, or of all devices
     * known to the identifier together. Unknown devices can still log in.
     */
    DEVICE,
    /** The budget of one network, over all accounts. */
    NETWORK,
    /**
     * The budget of wrong passwords of one account: after it is spent, the account accepts its
     * password from known devices only, until one of them logs in or the password is changed.
     */
    PASSWORD
  }

  /** Why a request was refused before the application saw it. */
  enum RequestRefusal {
    /** Its path can be parsed in more than one way, a common bypass of access rules. */
    AMBIGUOUS_PATH,
    /** It carried more than one credential. */
    AMBIGUOUS_CREDENTIALS,
    /** It came from another site and would have used the cookie, or logged a browser in. */
    CROSS_SITE,
    /** No access rule allows its path. */
    NO_RULE,
    /** Its principal has none of the roles that the rule asks for. */
    MISSING_ROLE,
    /** Its principal has none of the permissions that the rule asks for. */
    MISSING_PERMISSION,
    /** It carried a live session's token in a way that the session was not made for. */
    MISPLACED_TOKEN
  }

  /** Why a presented token was refused. */
  enum TokenRefusal {
    /**
     * Not issued by this service: wrong form, key, algorithm, signature, type, issuer or audience,
     * or it names an API key.
     */
    INVALID,
    /** It is genuine but expired. */
    EXPIRED,
    /** It is genuine, but its account is in another tenant than the request is addressed to. */
    OTHER_TENANT,
    /** Its session ended, was revoked, or was authenticated by a credential that was replaced. */
    NO_SESSION
  }

  /** Why a refresh token was refused, and its session left as it is. */
  enum RefreshRefusal {
    /**
     * Not issued by this service: wrong form, key, code, issuer or audience; or its key has left
     * the key ring.
     */
    INVALID,
    /** It is genuine, but its account is in another tenant than the request is addressed to. */
    OTHER_TENANT,
    /** Its session ended, was revoked, or was authenticated by a credential that was replaced. */
    NO_SESSION,
    /**
     * It was replaced, and came after the grace, but not later than the clocks of two servers may
     * differ. The session lives on with the token that replaced it.
     */
    LATE
  }

  /**
   * A login was accepted and has a session.
   *
   * @param account the account
   * @param session the new session
   * @param network the client's network in clear, if known
   * @param source where the credential was found
   * @param timings how long each part took; parts that did not happen are absent
   */
  record LoginSucceeded(
      AccountId account,
      SessionId session,
      Optional<String> network,
      Source source,
      Map<Step, Duration> timings)
      implements AccessEvent {}

  /**
   * A login with a password came from a device that the account did not know: one without a good
   * {@linkplain io.doorward.auth.login.LoginResult.DeviceCookie device cookie}. For a mail that
   * tells the owner. The first login of an account is one, too, and the first on each device after
   * a change that ends all sessions. A login that the application proved itself is none.
   *
   * @param account the account
   * @param session the new session
   * @param network the client's network in clear, if known
   * @param device the label of the session's device, if known
   */
  record NewDeviceLoggedIn(
      AccountId account, SessionId session, Optional<String> network, Optional<String> device)
      implements AccessEvent {
    /** Omits the device. */
    @Override
    public String toString() {
      return "NewDeviceLoggedIn[account="
          + account
          + ", session="
          + session
          + ", network="
          + network.orElse("unknown")
          + "]";
    }
  }

  /**
   * A login with the right password, or one that the application had proved, was refused: the
   * account has as many sessions as it may have, and {@link
   * io.doorward.auth.session.SessionLimits.WhenFull#REFUSE} is set. It counts as no failure.
   *
   * @param account whose
   * @param most how many sessions it may have
   * @param deviceKind the kind of device that the number is for; absent if it is for all
   * @param network the client's network in clear, if known
   */
  record LoginOverLimit(
      AccountId account, int most, Optional<String> deviceKind, Optional<String> network)
      implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A login was rejected.
   *
   * @param account whose, if there is one
   * @param reason why; never shown to the caller
   * @param network the client's network in clear, if known
   */
  record LoginRejected(Optional<AccountId> account, LoginRefusal reason, Optional<String> network)
      implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A login, or the present password at a change of it, was refused by the throttle before any
   * hashing.
   *
   * @param network the client's network in clear, if known
   * @param budget which budget was spent, if the limiter reports it; absent also if no budget is
   *     spent but too many attempts of the account, of the network or in total wait on this node
   * @param retryAfter when an attempt will be admitted again
   */
  record LoginThrottled(Optional<String> network, Optional<Budget> budget, Duration retryAfter)
      implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A failed attempt spent a budget: from now on attempts on the account, or from the network, must
   * wait. An attempt that comes too early is a {@link LoginThrottled}.
   *
   * @param account whose login identifier was tried, if there is one
   * @param budget which budget
   * @param network the client's network in clear, if known
   */
  record BudgetSpent(Optional<AccountId> account, Budget budget, Optional<String> network)
      implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A login was answered with "unavailable": a backend could not verify it or could not store its
   * session. {@link BackendFailed} names the backend.
   *
   * @param network the client's network in clear, if known
   */
  record LoginUnavailable(Optional<String> network) implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A token was refused.
   *
   * @param account whom it names, if it is genuine and its session is over or of another tenant
   * @param reason why; never shown to the caller
   */
  record TokenRejected(Optional<AccountId> account, TokenRefusal reason) implements AccessEvent {
    /**
     * Returns how much it matters.
     *
     * @return {@link Level#NOTABLE} for a token that this service did not issue, or issued in
     *     another tenant, {@link Level#ROUTINE} for an expired token or an ended session
     */
    @Override
    public Level level() {
      return reason == TokenRefusal.INVALID || reason == TokenRefusal.OTHER_TENANT
          ? Level.NOTABLE
          : Level.ROUTINE;
    }
  }

  /**
   * A refresh token was refused. A token that was replaced long ago is a {@link
   * RefreshTokenReused}.
   *
   * @param account whom it names, if it is genuine
   * @param reason why; never shown to the caller
   */
  record RefreshRejected(Optional<AccountId> account, RefreshRefusal reason)
      implements AccessEvent {
    /**
     * Returns how much it matters.
     *
     * @return {@link Level#ROUTINE} for an ended session, else {@link Level#NOTABLE}
     */
    @Override
    public Level level() {
      return reason == RefreshRefusal.NO_SESSION ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * A refresh token came again after it had been replaced: either it or its successor is in the
   * hands of a thief, or a client does not store what it gets. The session was ended.
   *
   * @param account whose
   * @param session which one ended
   * @param previous true for the token before the present one, which a client with a fault sends as
   *     well; false for an older one
   * @param cachePending true if Redis could not be told yet
   */
  record RefreshTokenReused(
      AccountId account, SessionId session, boolean previous, boolean cachePending)
      implements AccessEvent, Committed {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A refresh token was newer than its session: the store had lost rotations, by a fail-over or a
   * restored backup. The session took over the generation of the token.
   *
   * @param account whose
   * @param session which one
   * @param generation the present one again
   */
  record LostRotationRestored(AccountId account, SessionId session, int generation)
      implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * The filter or an endpoint refused a request. A request without a session is not reported.
   *
   * @param account whose session it carried, if that was checked
   * @param reason why
   * @param network the client's network in clear, if known
   */
  record RequestRefused(
      Optional<AccountId> account, RequestRefusal reason, Optional<String> network)
      implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A session took the place of one that a password change has just ended.
   *
   * @param account whose
   * @param ended the session before
   * @param session the new one
   */
  record SessionReplaced(AccountId account, SessionId ended, SessionId session)
      implements AccessEvent {}

  /**
   * One session was ended, by its token or by its id.
   *
   * @param account whose
   * @param session which one
   * @param cachePending true if Redis could not be told yet
   */
  record LoggedOut(AccountId account, SessionId session, boolean cachePending)
      implements AccessEvent, Committed {}

  /**
   * All sessions of an account, or all but one, were ended on request.
   *
   * @param account whose
   * @param sessions how many
   * @param cachePending true if Redis could not be told yet
   */
  record SessionsRevoked(AccountId account, int sessions, boolean cachePending)
      implements AccessEvent, Committed {}

  /**
   * A login opened one session more than an account may have, so the oldest were ended.
   *
   * @param account whose
   * @param sessions how many
   * @param cachePending true if Redis could not be told yet
   */
  record OldestSessionsEnded(AccountId account, int sessions, boolean cachePending)
      implements AccessEvent, Committed {}

  /**
   * A login found a stored hash that can match no password, so that the account cannot log in.
   * Reported at most once a minute for each kind of reason; each such login is a {@link
   * LoginRejected}.
   *
   * @param account whose
   * @param why the reason; nothing of the hash
   */
  record HashUnreadable(AccountId account, String why) implements AccessEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }
}
