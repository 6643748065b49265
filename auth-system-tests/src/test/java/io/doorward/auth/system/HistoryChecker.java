package io.doorward.auth.system;

import io.doorward.auth.base.SessionId;
import io.doorward.auth.system.History.Answer;
import io.doorward.auth.system.History.Cached;
import io.doorward.auth.system.History.Change;
import io.doorward.auth.system.History.Check;
import io.doorward.auth.system.History.Drained;
import io.doorward.auth.system.History.Event;
import io.doorward.auth.system.History.IdentifierChange;
import io.doorward.auth.system.History.Login;
import io.doorward.auth.system.History.Logout;
import io.doorward.auth.system.History.Outcome;
import io.doorward.auth.system.History.PasswordChange;
import io.doorward.auth.system.History.RoleChange;
import io.doorward.auth.system.History.Span;
import io.doorward.auth.system.History.StatusChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Decides whether a history keeps the laws. Calls overlap, and between its start and its end a call
 * may have taken effect at any moment; so an answer is a violation only if it is wrong wherever in
 * their spans the calls took effect.
 *
 * <ul>
 *   <li>A change of a credential binds every login that starts after it: from its end if the cache
 *       was told, else from when nothing of its account was pending any more, or the entries' time
 *       to live was over.
 *   <li>It binds every check of a session, and so does a logout or a change of roles: from its end
 *       if the cache was told, else from when nothing of its account was pending any more.
 *   <li>A change without an answer may have happened, at any time after its start. It excuses what
 *       it could explain, and nobody of its account is said to be wrongly refused any more.
 *   <li>An entry that the cache serves is held against the same rule as a login that was let in.
 *   <li>Passwords are a tree: each replaces one other, and is used once. After a committed change
 *       only what descends from its new password can be right.
 * </ul>
 */
final class HistoryChecker {
  private final History history;
  private final long timeToLive;

  /**
   * Creates a checker.
   *
   * @param timeToLive the longest that a cached entry is served
   */
  HistoryChecker(History history, Duration timeToLive) {
    this.history = history;
    this.timeToLive = timeToLive.toNanos();
  }

  /** How an answer was wrong. */
  enum Kind {
    /** A login with a password that was not the account's yet, or never. */
    WRONG_PASSWORD_ACCEPTED(true),
    /** A login with a password that had been replaced. */
    OLD_PASSWORD_ACCEPTED(true),
    /** A login to an account that had been switched off. */
    DISABLED_ACCOUNT_ACCEPTED(true),
    /** A login under an identifier that the account had given up. */
    OLD_IDENTIFIER_ACCEPTED(true),
    /** A check of a session that had ended. */
    ENDED_SESSION_ACCEPTED(true),
    /** A check that showed a role which had been taken away. */
    LOST_ROLE_SHOWN(true),
    /** A login with the one right password. */
    RIGHT_PASSWORD_REFUSED(false),
    /** A check of a session that nothing had ended. */
    LIVE_SESSION_REFUSED(false),
    /** A check that did not show a role which had been granted. */
    GRANTED_ROLE_HIDDEN(false);

    private final boolean accepts;

    Kind(boolean accepts) {
      this.accepts = accepts;
    }

    /** True if somebody got in, or got more, than was right. */
    boolean isStaleAccept() {
      return accepts;
    }

    private Optional<Kind> unless(boolean right) {
      return right ? Optional.empty() : Optional.of(this);
    }
  }

  /** An answer that was wrong. */
  record Violation(Kind kind, Event answer) {}

  /**
   * What was found.
   *
   * @param violations every wrong answer
   * @param unexplained every call without an answer, and every pending change, while nothing was
   *     broken
   * @param judgedLogins how many logins could have been found to be wrongly refused
   * @param judgedSessions how many checks could have been found to be wrongly refused
   */
  record Verdict(
      List<Violation> violations, List<Event> unexplained, int judgedLogins, int judgedSessions) {
    long staleAccepts() {
      return violations.stream().filter(it -> it.kind().isStaleAccept()).count();
    }

    long wronglyRefused() {
      return violations.size() - staleAccepts();
    }
  }

  /**
   * Judges everything.
   *
   * @param slack how long after its end a fault may still be felt
   */
  Verdict check(Duration slack) {
    Map<Integer, Account> accounts = new HashMap<>();
    List<Drained> drained =
        history.drained().stream()
            .sorted(Comparator.comparingLong(it -> it.span().start()))
            .toList();
    for (Event event : history.events()) {
      accounts.computeIfAbsent(event.account(), it -> new Account()).add(event);
    }
    accounts.values().forEach(account -> account.prepare(drained));
    List<Violation> violations = new ArrayList<>();
    accounts.values().forEach(account -> account.judge(violations));
    return new Verdict(
        List.copyOf(violations),
        unexplained(slack),
        accounts.values().stream().mapToInt(it -> it.judgedLogins).sum(),
        accounts.values().stream().mapToInt(it -> it.judgedSessions).sum());
  }

  private List<Event> unexplained(Duration slack) {
    List<Span> faults =
        history.faults().stream()
            .map(it -> new Span(it.start(), it.end() + slack.toNanos()))
            .toList();
    return history.events().stream()
        .filter(HistoryChecker::needsExplanation)
        .filter(event -> faults.stream().noneMatch(event.span()::overlaps))
        .toList();
  }

  private static boolean needsExplanation(Event event) {
    return outcome(event) == Outcome.PENDING || outcome(event) == Outcome.UNKNOWN;
  }

  /** A session's beginning: the call that opened it and the password that it rests on. */
  private record Birth(Span span, int password, Event by) {}

  /** A committed change and the moment from which it binds every login. */
  private record Binding(Change change, long from) {}

  /** One account's part of the history. */
  private final class Account {
    private final List<Login> logins = new ArrayList<>();
    private final List<Cached> cached = new ArrayList<>();
    private final List<Check> checks = new ArrayList<>();
    private final List<Logout> logouts = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<PasswordChange> passwords = new ArrayList<>();
    private final List<StatusChange> statuses = new ArrayList<>();
    private final List<IdentifierChange> identifiers = new ArrayList<>();
    private final List<RoleChange> roles = new ArrayList<>();
    private final List<Binding> bindings = new ArrayList<>();
    private final Map<Integer, PasswordChange> origins = new HashMap<>();
    private final Map<SessionId, Birth> births = new HashMap<>();
    private final Map<Event, Long> known = new HashMap<>();
    private int judgedLogins;
    private int judgedSessions;

    void add(Event event) {
      if (event instanceof Login login) {
        logins.add(login);
        login.session().forEach(id -> bear(id, login.password(), login));
      } else if (event instanceof Cached entry) {
        cached.add(entry);
      } else if (event instanceof Check check) {
        checks.add(check);
      } else if (event instanceof Logout logout) {
        logouts.add(logout);
      } else if (event instanceof RoleChange change) {
        roles.add(change);
      } else {
        add((Change) event);
      }
    }

    private void add(Change change) {
      changes.add(change);
      if (change instanceof PasswordChange password) {
        if (origins.put(password.to(), password) != null) {
          throw new IllegalArgumentException("a password may be chosen once: " + password);
        }
        passwords.add(password);
        password.renewed().forEach(id -> bear(id, password.to(), password));
      } else if (change instanceof StatusChange status) {
        statuses.add(status);
      } else if (change instanceof IdentifierChange identifier) {
        identifiers.add(identifier);
      }
    }

    private void bear(SessionId session, int password, Event by) {
      births.put(session, new Birth(by.span(), password, by));
    }

    void prepare(List<Drained> drained) {
      Stream.of(changes, logouts, roles)
          .flatMap(List::stream)
          .forEach(it -> known.put(it, knownFrom(it, drained)));
      for (Change change : changes) {
        if (change.outcome().isCommitted()) {
          long expiry = change.span().end() + timeToLive;
          bindings.add(new Binding(change, Math.min(known.get(change), expiry)));
        }
      }
    }

    /** From when every node knows of a change; never, if nobody can tell. */
    private long knownFrom(Event event, List<Drained> drained) {
      long end = event.span().end();
      return switch (outcome(event)) {
        case TOLD, NOT_DONE -> end;
        case UNKNOWN -> Long.MAX_VALUE;
        case PENDING, BEHIND ->
            drained.stream()
                .filter(it -> it.span().start() >= end && !it.pending().contains(event.account()))
                .mapToLong(it -> it.span().end())
                .findFirst()
                .orElse(Long.MAX_VALUE);
      };
    }

    private boolean isKnown(Event event, Span call) {
      return known.get(event) <= call.start();
    }

    void judge(List<Violation> violations) {
      for (Login login : logins) {
        Optional<Kind> wrong =
            login.answer() == Answer.YES
                ? wrongAccept(login.span(), login.identifier(), login.password())
                : Optional.empty();
        wrong
            .or(() -> wrongRefusal(login))
            .ifPresent(kind -> violations.add(new Violation(kind, login)));
      }
      for (Cached entry : cached) {
        wrongAccept(entry.span(), entry.identifier(), entry.password())
            .ifPresent(kind -> violations.add(new Violation(kind, entry)));
      }
      for (Check check : checks) {
        Optional<Kind> wrong = check.answer() == Answer.YES ? wrongPass(check) : Optional.empty();
        wrong
            .or(() -> wrongStop(check))
            .ifPresent(kind -> violations.add(new Violation(kind, check)));
      }
    }

    private Optional<Kind> wrongAccept(Span call, int identifier, int password) {
      if (!mayHaveBecomeRight(password, call)) {
        return Optional.of(Kind.WRONG_PASSWORD_ACCEPTED);
      }
      Set<Integer> line = line(password);
      return bindings.stream()
          .filter(binding -> binding.from() <= call.start())
          .flatMap(binding -> brokenBy(binding.change(), call, identifier, line).stream())
          .findFirst();
    }

    /** Says whether the password may have been the account's before the call ended. */
    private boolean mayHaveBecomeRight(int password, Span call) {
      if (password == 0) {
        return true;
      }
      PasswordChange origin = origins.get(password);
      return origin != null && origin.outcome().isPossible() && origin.span().start() < call.end();
    }

    /** The password and all that were replaced on the way to it. */
    private Set<Integer> line(int password) {
      Set<Integer> line = new HashSet<>();
      int at = password;
      while (line.add(at)) {
        PasswordChange origin = origins.get(at);
        if (origin == null) {
          break;
        }
        at = origin.from();
      }
      return line;
    }

    private Optional<Kind> brokenBy(Change change, Span call, int identifier, Set<Integer> line) {
      if (change instanceof PasswordChange password) {
        return Kind.OLD_PASSWORD_ACCEPTED.unless(line.contains(password.to()));
      }
      if (change instanceof StatusChange status) {
        return Kind.DISABLED_ACCOUNT_ACCEPTED.unless(
            status.active() || isUndone(status, statuses, StatusChange::active, call));
      }
      if (change instanceof IdentifierChange renaming) {
        Predicate<IdentifierChange> back = it -> it.to() == identifier;
        return Kind.OLD_IDENTIFIER_ACCEPTED.unless(
            back.test(renaming) || isUndone(renaming, identifiers, back, call));
      }
      return Optional.empty();
    }

    /** Says whether a change back may have taken effect after a change and before a call's end. */
    private <C extends Change> boolean isUndone(
        C change, List<C> all, Predicate<C> back, Span call) {
      return all.stream()
          .filter(it -> it.outcome().isPossible() && back.test(it))
          .anyMatch(it -> it.span().start() < call.end() && endOf(it) > change.span().start());
    }

    private Optional<Kind> wrongRefusal(Login login) {
      Span call = login.span();
      boolean right =
          login.answer() != Answer.NONE
              && isSettled(call)
              && isPresent(login.password(), call)
              && isValue(statuses, StatusChange::active, true, true, call)
              && isValue(identifiers, IdentifierChange::to, 0, login.identifier(), call);
      if (right) {
        judgedLogins++;
      }
      return Kind.RIGHT_PASSWORD_REFUSED.unless(!right || login.answer() == Answer.YES);
    }

    /** Says whether nothing was changed, or may have been, while this lasted. */
    private boolean isSettled(Span call) {
      return changes.stream()
          .filter(it -> it.outcome().isPossible())
          .noneMatch(it -> it.span().start() < call.end() && endOf(it) > call.start());
    }

    /** Says whether this is the account's password during a call in which nothing changes. */
    private boolean isPresent(int password, Span call) {
      PasswordChange origin = origins.get(password);
      boolean began =
          origin == null
              ? password == 0
              : origin.outcome().isCommitted() && origin.span().isBefore(call);
      return began
          && passwords.stream()
              .filter(it -> it.from() == password && it.outcome().isCommitted())
              .noneMatch(it -> it.span().isBefore(call));
    }

    /**
     * Says whether something that is written without a condition has this value during a call in
     * which nobody writes it: the last writes before, which may have overlapped, all agree.
     */
    private <C extends Event, V> boolean isValue(
        List<C> writes, Function<C, V> value, V first, V wanted, Span call) {
      List<C> before =
          writes.stream().filter(it -> committed(it) && it.span().isBefore(call)).toList();
      return before.isEmpty()
          ? first.equals(wanted)
          : before.stream()
              .filter(it -> before.stream().noneMatch(later -> it.span().isBefore(later.span())))
              .allMatch(it -> value.apply(it).equals(wanted));
    }

    private Optional<Kind> wrongPass(Check check) {
      Birth birth = births.get(check.session());
      if (birth == null) {
        throw new IllegalArgumentException("nobody opened the session of " + check);
      }
      Set<Integer> line = line(birth.password());
      boolean ended =
          logouts.stream()
                  .filter(it -> it.outcome().isCommitted() && isKnown(it, check.span()))
                  .anyMatch(it -> ends(it, check.session(), birth))
              || changes.stream()
                  .filter(it -> it.outcome().isCommitted() && isKnown(it, check.span()))
                  .anyMatch(it -> ends(it, birth, line));
      return Kind.ENDED_SESSION_ACCEPTED.unless(!ended).or(() -> wrongRole(check));
    }

    private boolean ends(Logout logout, SessionId session, Birth birth) {
      return logout.session().isEmpty()
          ? birth.span().isBefore(logout.span())
          : logout.session().contains(session);
    }

    private boolean ends(Change change, Birth birth, Set<Integer> line) {
      if (change instanceof PasswordChange password) {
        return !line.contains(password.to());
      }
      if (!birth.span().isBefore(change.span())) {
        return false;
      }
      if (change instanceof StatusChange status) {
        return !status.active();
      }
      if (change instanceof IdentifierChange identifier) {
        return birth.by() instanceof Login login && login.identifier() != identifier.to();
      }
      return true;
    }

    private Optional<Kind> wrongRole(Check check) {
      boolean settled =
          roles.stream()
              .filter(it -> it.outcome().isPossible())
              .noneMatch(
                  it -> it.span().start() < check.span().end() && !isKnown(it, check.span()));
      if (!settled || isValue(roles, RoleChange::granted, false, check.role(), check.span())) {
        return Optional.empty();
      }
      return isValue(roles, RoleChange::granted, false, !check.role(), check.span())
          ? Optional.of(check.role() ? Kind.LOST_ROLE_SHOWN : Kind.GRANTED_ROLE_HIDDEN)
          : Optional.empty();
    }

    private Optional<Kind> wrongStop(Check check) {
      Birth birth = births.get(check.session());
      if (birth == null || check.answer() == Answer.NONE) {
        return Optional.empty();
      }
      Span life = new Span(birth.span().start(), check.span().end());
      boolean alive =
          changes.stream()
                  .filter(it -> it != birth.by() && it.outcome().isPossible())
                  .noneMatch(it -> it.span().start() < life.end() && endOf(it) > life.start())
              && logouts.stream()
                  .filter(it -> it.session().isEmpty() || it.session().contains(check.session()))
                  .noneMatch(it -> it.span().start() < life.end() && endOf(it) > life.start());
      if (alive) {
        judgedSessions++;
      }
      return Kind.LIVE_SESSION_REFUSED.unless(!alive || check.answer() == Answer.YES);
    }
  }

  private static boolean committed(Event event) {
    return outcome(event).isCommitted();
  }

  /** When a call can no longer take effect: never, if it was not answered. */
  private static long endOf(Event event) {
    return outcome(event) == Outcome.UNKNOWN ? Long.MAX_VALUE : event.span().end();
  }

  private static Outcome outcome(Event event) {
    if (event instanceof Change change) {
      return change.outcome();
    }
    if (event instanceof RoleChange change) {
      return change.outcome();
    }
    if (event instanceof Logout logout) {
      return logout.outcome();
    }
    return answer(event) == Answer.NONE ? Outcome.UNKNOWN : Outcome.TOLD;
  }

  private static Answer answer(Event event) {
    if (event instanceof Login login) {
      return login.answer();
    }
    if (event instanceof Check check) {
      return check.answer();
    }
    return Answer.YES;
  }
}
