package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.system.Fault.Operation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What one line of docs/faults.md says, for both homes of sessions. Immutable. */
final class FaultCells {
  /** Logged in, with the credential that Redis has. */
  static final String BY_CACHE = "by cache";

  /** Logged in, with the credential that PostgreSQL has. */
  static final String BY_DATABASE = "by PostgreSQL";

  static final String PASSES = "passes";
  static final String REFUSED = "401";
  static final String UNAVAILABLE = "503";
  static final String DONE = "done";
  static final String PENDING = "done, pending";

  /** All nodes count together. */
  static final String LIMITS = "limits";

  /** Each node counts by itself. */
  static final String LIMITS_ALONE = "limits alone";

  /** As {@link #LIMITS}, but for what was lost on the way once. */
  static final String LIMITS_LATE = "limits, one guess late at most";

  /** The homes of sessions that are looked at: what is only in PostgreSQL needs no Redis. */
  static final List<Sessions> HOMES = List.of(Sessions.IN_REDIS, Sessions.DURABLE);

  private static final String NOT_LOOKED_AT =
      "Refreshes, lists and kick-outs are looked at under faults of one node's servers only; a"
          + " refresh reads and writes what a request check reads, and a kick-out is a logout.";

  /** A word that a run has to see, or the reason why there is none. */
  record Cell(String text, boolean isReason) {}

  private final Map<Sessions, Map<Operation, Cell>> cells;

  private FaultCells(Map<Sessions, Map<Operation, Cell>> cells) {
    this.cells = cells;
  }

  /** Nothing yet, but the reason why refreshes and lists of sessions are not looked at. */
  static FaultCells none() {
    return new FaultCells(Map.of()).unlooked();
  }

  /** Says that neither a refresh nor a list of sessions is looked at. */
  FaultCells unlooked() {
    return because(NOT_LOOKED_AT, Operation.R, Operation.K);
  }

  static FaultCells asEver() {
    return none()
        .logins(BY_CACHE, BY_DATABASE)
        .both(Operation.V, PASSES)
        .both(Operation.R, PASSES)
        .both(Operation.O, DONE)
        .both(Operation.K, DONE)
        .both(Operation.C, DONE)
        .both(Operation.T, LIMITS);
  }

  /** The column "Redis down" of the degradation table. */
  static FaultCells redisAway() {
    return none()
        .each(Operation.LH, UNAVAILABLE, BY_DATABASE)
        .each(Operation.LM, UNAVAILABLE, BY_DATABASE)
        .each(Operation.V, UNAVAILABLE, PASSES)
        .each(Operation.R, UNAVAILABLE, PASSES)
        .each(Operation.O, UNAVAILABLE, PENDING)
        .each(Operation.K, UNAVAILABLE, PENDING)
        .both(Operation.C, PENDING)
        .both(Operation.T, LIMITS_ALONE);
  }

  /** The column "PostgreSQL down" of the degradation table. */
  static FaultCells databaseAway() {
    return none()
        .each(Operation.LH, BY_CACHE, UNAVAILABLE)
        .both(Operation.LM, UNAVAILABLE)
        .both(Operation.V, PASSES)
        .each(Operation.R, PASSES, UNAVAILABLE)
        .each(Operation.O, DONE, UNAVAILABLE)
        .each(Operation.K, DONE, UNAVAILABLE)
        .both(Operation.C, UNAVAILABLE)
        .both(Operation.T, LIMITS);
  }

  /** The column "both" of the degradation table. */
  static FaultCells bothAway() {
    return none()
        .logins(UNAVAILABLE, UNAVAILABLE)
        .both(Operation.V, UNAVAILABLE)
        .both(Operation.R, UNAVAILABLE)
        .both(Operation.O, UNAVAILABLE)
        .both(Operation.K, UNAVAILABLE)
        .both(Operation.C, UNAVAILABLE)
        .both(Operation.T, UNAVAILABLE);
  }

  /** What Redis had is gone: who has a session there only has to log in again. */
  static FaultCells lost() {
    return asEver()
        .logins(BY_DATABASE, BY_DATABASE)
        .each(Operation.V, REFUSED, PASSES)
        .each(Operation.R, REFUSED, PASSES);
  }

  FaultCells logins(String cached, String notCached) {
    return both(Operation.LH, cached).both(Operation.LM, notCached);
  }

  /** Says the same of both homes. */
  FaultCells both(Operation operation, String word) {
    return each(operation, word, word);
  }

  FaultCells each(Operation operation, String inRedis, String durable) {
    return with(Sessions.IN_REDIS, operation, new Cell(inRedis, false))
        .with(Sessions.DURABLE, operation, new Cell(durable, false));
  }

  /** Says why there is nothing to see. */
  FaultCells because(String reason, Operation... operations) {
    return because(Sessions.IN_REDIS, reason, operations)
        .because(Sessions.DURABLE, reason, operations);
  }

  FaultCells because(Sessions home, String reason, Operation... operations) {
    FaultCells all = this;
    for (Operation operation : operations) {
      all = all.with(home, operation, new Cell(reason, true));
    }
    return all;
  }

  private FaultCells with(Sessions home, Operation operation, Cell cell) {
    Map<Sessions, Map<Operation, Cell>> next = new EnumMap<>(Sessions.class);
    cells.forEach((place, row) -> next.put(place, new EnumMap<>(row)));
    next.computeIfAbsent(home, key -> new EnumMap<>(Operation.class)).put(operation, cell);
    return new FaultCells(next);
  }

  /** What is said of an operation; null if nothing is. */
  Cell of(Sessions home, Operation operation) {
    return cells.getOrDefault(home, Map.of()).get(operation);
  }

  /** How a login was answered; who listened knows which way it took. */
  static String word(Events events, LoginResult result) {
    return result.match(
        success ->
            events.of(AccessEvent.LoginSucceeded.class).stream()
                    .filter(event -> event.session().equals(success.principal().session().id()))
                    .anyMatch(event -> event.source() == Source.CACHE)
                ? BY_CACHE
                : BY_DATABASE,
        next -> "next step",
        full -> "too many sessions",
        rejected -> REFUSED,
        throttled -> "429",
        unavailable -> UNAVAILABLE);
  }

  /** How a check was answered, which may name nobody else. */
  static String word(AccountId account, CheckResult result) {
    return result.match(
        active -> {
          assertThat(active.principal().account()).isEqualTo(account);
          return PASSES;
        },
        rejected -> REFUSED,
        unverified -> "unverified",
        unavailable -> UNAVAILABLE);
  }

  /** How a refresh was answered, which may name nobody else. */
  static String word(AccountId account, RefreshResult result) {
    return result.match(
        refreshed -> {
          assertThat(refreshed.principal().account()).isEqualTo(account);
          return PASSES;
        },
        rejected -> REFUSED,
        unavailable -> UNAVAILABLE);
  }

  static String word(LogoutResult result) {
    return result instanceof LogoutResult.Done done ? word(done.cachePending()) : UNAVAILABLE;
  }

  static String word(PasswordChangeResult result) {
    return result.match(
        changed -> word(changed.cachePending()),
        rejected -> REFUSED,
        refused -> "refused by policy",
        conflict -> "conflict",
        throttled -> "429",
        unavailable -> UNAVAILABLE);
  }

  static String word(PasswordSetResult result) {
    return result.match(
        changed -> word(changed.cachePending()),
        unknown -> "unknown",
        refused -> "refused by policy",
        unavailable -> UNAVAILABLE);
  }

  static String word(AccountChangeResult result) {
    return result.match(
        changed -> word(changed.cachePending()), unknown -> "unknown", unavailable -> UNAVAILABLE);
  }

  static String word(RoleChangeResult result) {
    return result.match(
        changed -> word(changed.cachePending()),
        full -> "full",
        unknown -> "unknown",
        unavailable -> UNAVAILABLE);
  }

  private static String word(boolean pending) {
    return pending ? PENDING : DONE;
  }
}
