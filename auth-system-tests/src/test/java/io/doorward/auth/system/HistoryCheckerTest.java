package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.SessionId;
import io.doorward.auth.system.History.Answer;
import io.doorward.auth.system.History.Cached;
import io.doorward.auth.system.History.Check;
import io.doorward.auth.system.History.Drained;
import io.doorward.auth.system.History.Event;
import io.doorward.auth.system.History.IdentifierChange;
import io.doorward.auth.system.History.Login;
import io.doorward.auth.system.History.Logout;
import io.doorward.auth.system.History.Outcome;
import io.doorward.auth.system.History.PasswordChange;
import io.doorward.auth.system.History.Renewal;
import io.doorward.auth.system.History.RoleChange;
import io.doorward.auth.system.History.Span;
import io.doorward.auth.system.History.StatusChange;
import io.doorward.auth.system.HistoryChecker.Kind;
import io.doorward.auth.system.HistoryChecker.Verdict;
import io.doorward.auth.system.HistoryChecker.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Histories made by hand: each broken law is found, and what only looks like it is not. */
class HistoryCheckerTest {
  private static final int ALICE = 0;
  private static final int BOB = 1;
  private static final Duration TIME_TO_LIVE = Duration.ofNanos(1_000);
  private static final SessionId SESSION = SessionId.random();
  private static final SessionId OTHER = SessionId.random();

  private final History history = new History();

  // ---------------------------------------------------------------- passwords

  @Test
  void theRightPasswordIsAccepted() {
    given(login(0, 1, 0, Answer.YES), password(2, 3, 0, 1, Outcome.TOLD));
    given(login(4, 5, 1, Answer.YES), login(4, 5, 0, Answer.NO));

    assertClean();
    assertThat(verdict().judgedLogins()).isEqualTo(2);
  }

  @Test
  void aGuessThatIsAcceptedIsFound() {
    given(login(0, 1, History.GUESS, Answer.YES));

    assertFound(Kind.WRONG_PASSWORD_ACCEPTED);
  }

  @Test
  void aPasswordThatIsAcceptedBeforeItsChangeBeganIsFound() {
    given(login(0, 1, 1, Answer.YES), password(2, 3, 0, 1, Outcome.TOLD));

    assertFound(Kind.WRONG_PASSWORD_ACCEPTED);
  }

  @Test
  void aPasswordWhoseChangeWasRefusedIsFound() {
    given(password(0, 1, 0, 1, Outcome.NOT_DONE), login(2, 3, 1, Answer.YES));

    assertFound(Kind.WRONG_PASSWORD_ACCEPTED);
  }

  @Test
  void anOldPasswordIsFound() {
    given(password(0, 1, 0, 1, Outcome.TOLD), login(2, 3, 0, Answer.YES));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void aPasswordFromBeforeTheLastButOneChangeIsFound() {
    given(password(0, 1, 0, 1, Outcome.TOLD), password(2, 3, 1, 2, Outcome.PENDING));
    given(login(4, 5, 0, Answer.YES));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void anOldPasswordThatTheCacheServesIsFound() {
    given(password(0, 1, 0, 1, Outcome.TOLD), new Cached(ALICE, new Span(2, 3), 0, 0));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void anOldPasswordIsRightForALoginThatBeganBeforeTheChangeEnded() {
    given(password(0, 3, 0, 1, Outcome.TOLD), login(2, 5, 0, Answer.YES));

    assertClean();
  }

  @Test
  void aPendingChangeBindsNobodyYet() {
    given(password(0, 1, 0, 1, Outcome.PENDING), login(2, 3, 0, Answer.YES));

    assertClean();
  }

  @Test
  void aPendingChangeBindsOnceNothingIsPending() {
    given(password(0, 1, 0, 1, Outcome.PENDING), login(6, 7, 0, Answer.YES));
    history.add(new Drained(new Span(2, 3), Set.of(ALICE)));
    history.add(new Drained(new Span(4, 5), Set.of(BOB)));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void whatWasDrainedBeforeTheChangeEndedSaysNothingOfIt() {
    given(password(0, 3, 0, 1, Outcome.BEHIND), login(6, 7, 0, Answer.YES));
    history.add(new Drained(new Span(2, 4), Set.of()));
    history.add(new Drained(new Span(4, 5), Set.of(ALICE)));

    assertClean();
  }

  @Test
  void aPendingChangeBindsWhenTheEntrysTimeIsOver() {
    given(password(0, 1, 0, 1, Outcome.PENDING), login(1_001, 1_002, 0, Answer.YES));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void aChangeWithoutAnAnswerAllowsBothPasswords() {
    given(password(0, 1, 0, 1, Outcome.UNKNOWN));
    given(login(2, 3, 0, Answer.YES), login(4, 5, 1, Answer.YES), login(6, 7, 0, Answer.NO));

    assertClean();
  }

  @Test
  void whatLostToAnotherChangeOfTheSamePasswordIsFound() {
    given(password(0, 3, 0, 1, Outcome.UNKNOWN), password(1, 2, 0, 2, Outcome.TOLD));
    given(login(4, 5, 1, Answer.YES));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void aChangeWithoutAnAnswerIsProvedByTheOneThatFollowsIt() {
    given(password(0, 1, 0, 1, Outcome.UNKNOWN), password(2, 3, 1, 2, Outcome.TOLD));
    given(login(4, 5, 2, Answer.YES), login(6, 7, 1, Answer.YES));

    assertFound(Kind.OLD_PASSWORD_ACCEPTED);
  }

  @Test
  void anotherAccountsChangeSaysNothing() {
    given(
        new PasswordChange(BOB, new Span(0, 1), 0, 1, Outcome.TOLD, List.of()),
        login(2, 3, 0, Answer.YES));

    assertClean();
  }

  @Test
  void aPasswordThatIsChosenTwiceCannotBeJudged() {
    given(password(0, 1, 0, 1, Outcome.TOLD), password(2, 3, 1, 1, Outcome.TOLD));

    assertThatThrownBy(this::verdict).isInstanceOf(IllegalArgumentException.class);
  }

  // ------------------------------------------------------ status and identifier

  @Test
  void aLoginToADisabledAccountIsFound() {
    given(status(0, 1, false, Outcome.TOLD), login(2, 3, 0, Answer.YES));

    assertFound(Kind.DISABLED_ACCOUNT_ACCEPTED);
  }

  @Test
  void aLoginIsRightWhereTheAccountMayHaveBeenSwitchedOnAgain() {
    given(status(0, 2, false, Outcome.TOLD), status(1, 3, true, Outcome.TOLD));
    given(login(4, 5, 0, Answer.YES), login(6, 7, 0, Answer.NO));

    assertClean();
  }

  @Test
  void anAccountThatWasSwitchedOnBeforeItWasSwitchedOffIsOff() {
    given(status(0, 1, true, Outcome.TOLD), status(2, 3, false, Outcome.TOLD));
    given(login(4, 5, 0, Answer.YES));

    assertFound(Kind.DISABLED_ACCOUNT_ACCEPTED);
  }

  @Test
  void aLoginUnderAGivenUpIdentifierIsFound() {
    given(identifier(0, 1, 1, Outcome.TOLD), login(2, 3, 0, Answer.YES));

    assertFound(Kind.OLD_IDENTIFIER_ACCEPTED);
  }

  @Test
  void anIdentifierThatCameBackIsRight() {
    given(identifier(0, 1, 1, Outcome.TOLD), identifier(2, 3, 0, Outcome.TOLD));
    given(login(4, 5, 0, Answer.YES));

    assertClean();
  }

  // ------------------------------------------------------------------ refusals

  @Test
  void aRightPasswordThatIsRefusedIsFound() {
    given(password(0, 1, 0, 1, Outcome.PENDING), login(2, 3, 1, Answer.NO));

    assertFound(Kind.RIGHT_PASSWORD_REFUSED);
  }

  @Test
  void anActiveAccountThatIsRefusedIsFound() {
    given(status(0, 1, false, Outcome.TOLD), status(2, 3, true, Outcome.PENDING));
    given(login(4, 5, 0, Answer.NO));

    assertFound(Kind.RIGHT_PASSWORD_REFUSED);
  }

  @Test
  void theNewIdentifierThatIsRefusedIsFound() {
    given(identifier(0, 1, 1, Outcome.TOLD));
    given(new Login(ALICE, new Span(2, 3), 1, 0, Answer.NO, List.of()));

    assertFound(Kind.RIGHT_PASSWORD_REFUSED);
  }

  @Test
  void aRefusalIsRightWhileSomethingChanges() {
    given(status(0, 3, true, Outcome.TOLD), login(2, 4, 0, Answer.NO));

    assertClean();
  }

  @Test
  void aRefusalIsRightToADisabledAccountAndUnderAnOldIdentifier() {
    given(status(0, 1, false, Outcome.TOLD), login(2, 3, 0, Answer.NO));
    given(status(4, 5, true, Outcome.TOLD), identifier(6, 7, 1, Outcome.TOLD));
    given(login(8, 9, 0, Answer.NO));

    assertClean();
  }

  @Test
  void noAnswerIsNoViolation() {
    given(login(0, 1, 0, Answer.NONE), check(2, 3, SESSION, Answer.NONE, false));

    assertClean();
  }

  // ------------------------------------------------------------------ sessions

  @Test
  void aSessionThatWasLoggedOutIsFound() {
    given(opened(0, 1, 0, SESSION), logout(2, 3, List.of(SESSION), Outcome.TOLD));
    given(check(4, 5, SESSION, Answer.YES, false));

    assertFound(Kind.ENDED_SESSION_ACCEPTED);
  }

  @Test
  void aSessionFromBeforeALogoutOfAllIsFound() {
    given(opened(0, 1, 0, SESSION), logout(2, 3, List.of(), Outcome.TOLD));
    given(check(4, 5, SESSION, Answer.YES, false));

    assertFound(Kind.ENDED_SESSION_ACCEPTED);
  }

  @Test
  void aSessionThatBeganDuringALogoutOfAllMayLive() {
    given(opened(2, 4, 0, SESSION), logout(1, 3, List.of(), Outcome.TOLD));
    given(check(5, 6, SESSION, Answer.YES, false), check(7, 8, SESSION, Answer.NO, false));

    assertClean();
  }

  @Test
  void anotherSessionIsNotLoggedOut() {
    given(opened(0, 1, 0, SESSION), opened(0, 1, 0, OTHER));
    given(logout(2, 3, List.of(SESSION), Outcome.TOLD), check(4, 5, OTHER, Answer.NO, false));

    assertFound(Kind.LIVE_SESSION_REFUSED);
  }

  @Test
  void aSessionThatRestsOnAnOldPasswordIsFoundHoweverLateItBegan() {
    given(password(0, 3, 0, 1, Outcome.TOLD), opened(2, 6, 0, SESSION));
    given(check(7, 8, SESSION, Answer.YES, false));

    assertFound(Kind.ENDED_SESSION_ACCEPTED);
  }

  @Test
  void theRenewedSessionLives() {
    given(
        new PasswordChange(ALICE, new Span(0, 1), 0, 1, Outcome.TOLD, List.of(SESSION)),
        check(2, 3, SESSION, Answer.YES, false));

    assertClean();
    assertThat(verdict().judgedSessions()).isEqualTo(1);
  }

  @Test
  void theRenewedSessionThatIsRefusedIsFound() {
    given(
        new PasswordChange(ALICE, new Span(0, 1), 0, 1, Outcome.TOLD, List.of(SESSION)),
        check(2, 3, SESSION, Answer.NO, false));

    assertFound(Kind.LIVE_SESSION_REFUSED);
  }

  @Test
  void aSessionFromBeforeAnyOtherChangeOfTheCredentialIsFound() {
    List<Event> changes =
        List.of(
            status(2, 3, false, Outcome.TOLD),
            identifier(2, 3, 1, Outcome.TOLD),
            new Renewal(ALICE, new Span(2, 3), Outcome.TOLD));
    for (Event change : changes) {
      History each = new History();
      each.add(opened(0, 1, 0, SESSION));
      each.add(change);
      each.add(check(4, 5, SESSION, Answer.YES, false));

      assertThat(new HistoryChecker(each, TIME_TO_LIVE).check(Duration.ZERO).violations())
          .as("%s", change)
          .extracting(Violation::kind)
          .containsExactly(Kind.ENDED_SESSION_ACCEPTED);
    }
  }

  @Test
  void aSessionMayLiveUntilTheCacheHasBeenToldOfItsEnd() {
    List<Event> ends =
        List.of(
            logout(2, 3, List.of(SESSION), Outcome.PENDING),
            status(2, 3, false, Outcome.BEHIND),
            password(2, 3, 0, 1, Outcome.PENDING));
    for (Event end : ends) {
      History each = new History();
      each.add(opened(0, 1, 0, SESSION));
      each.add(end);
      each.add(check(4, 5, SESSION, Answer.YES, false));
      each.add(new Drained(new Span(5, 6), Set.of(ALICE)));
      each.add(check(6, 7, SESSION, Answer.YES, false));
      each.add(new Drained(new Span(7, 8), Set.of(BOB)));
      each.add(check(7, 9, SESSION, Answer.YES, false));
      Check late = check(8, 9, SESSION, Answer.YES, false);
      each.add(late);

      assertThat(new HistoryChecker(each, TIME_TO_LIVE).check(Duration.ZERO).violations())
          .as("%s", end)
          .containsExactly(new Violation(Kind.ENDED_SESSION_ACCEPTED, late));
    }
  }

  @Test
  void aLiveSessionThatIsRefusedIsFound() {
    given(opened(0, 1, 0, SESSION), check(2, 3, SESSION, Answer.NO, false));

    assertFound(Kind.LIVE_SESSION_REFUSED);
  }

  @Test
  void aSessionMayBeOverWhereSomethingWithoutAnAnswerMayHaveEndedIt() {
    given(opened(0, 1, 0, SESSION), logout(2, 3, List.of(SESSION), Outcome.UNKNOWN));
    given(check(4, 5, SESSION, Answer.NO, false), check(6, 7, SESSION, Answer.YES, false));

    assertClean();
  }

  // --------------------------------------------------------------------- roles

  @Test
  void aRoleThatWasTakenAwayIsFound() {
    given(opened(0, 1, 0, SESSION), role(2, 3, true), role(4, 5, false));
    given(check(6, 7, SESSION, Answer.YES, true));

    assertFound(Kind.LOST_ROLE_SHOWN);
  }

  @Test
  void aRoleThatWasGrantedAndIsNotShownIsFound() {
    given(opened(0, 1, 0, SESSION), role(2, 3, true));
    given(check(4, 5, SESSION, Answer.YES, false));

    assertFound(Kind.GRANTED_ROLE_HIDDEN);
  }

  @Test
  void aRoleThatChangesDuringTheCheckMayBeShownOrNot() {
    given(opened(0, 1, 0, SESSION), role(2, 5, true));
    given(check(3, 4, SESSION, Answer.YES, false), check(3, 4, SESSION, Answer.YES, true));

    assertClean();
  }

  @Test
  void aLostRoleMayBeShownUntilTheCacheHasBeenTold() {
    given(opened(0, 1, 0, SESSION), role(2, 3, true));
    given(new RoleChange(ALICE, new Span(4, 5), false, Outcome.PENDING));
    given(check(6, 7, SESSION, Answer.YES, true));
    assertClean();

    history.add(new Drained(new Span(7, 8), Set.of()));
    given(check(9, 10, SESSION, Answer.YES, true));
    assertFound(Kind.LOST_ROLE_SHOWN);
  }

  @Test
  void writesThatOverlapLeaveTheirValueOpen() {
    given(opened(0, 1, 0, SESSION), role(2, 4, true), role(3, 5, false));
    given(check(6, 7, SESSION, Answer.YES, true), check(6, 7, SESSION, Answer.YES, false));

    assertClean();
  }

  // -------------------------------------------------------------------- faults

  @Test
  void whatHasNoAnswerNeedsAFault() {
    given(login(0, 1, 0, Answer.NONE), password(2, 3, 0, 1, Outcome.PENDING));
    given(check(9, 10, SESSION, Answer.NONE, false));
    history.fault(new Span(0, 1));

    assertThat(verdict().unexplained()).hasSize(2);
    assertThat(new HistoryChecker(history, TIME_TO_LIVE).check(Duration.ofNanos(2)).unexplained())
        .containsExactly(check(9, 10, SESSION, Answer.NONE, false));
  }

  private void given(Event... events) {
    for (Event event : events) {
      history.add(event);
    }
  }

  private Verdict verdict() {
    return new HistoryChecker(history, TIME_TO_LIVE).check(Duration.ZERO);
  }

  private void assertClean() {
    assertThat(verdict().violations()).isEmpty();
  }

  private void assertFound(Kind kind) {
    assertThat(verdict().violations()).extracting(Violation::kind).containsExactly(kind);
    assertThat(verdict().staleAccepts()).isEqualTo(kind.isStaleAccept() ? 1 : 0);
    assertThat(verdict().wronglyRefused()).isEqualTo(kind.isStaleAccept() ? 0 : 1);
  }

  private static Login login(long start, long end, int password, Answer answer) {
    return new Login(ALICE, new Span(start, end), 0, password, answer, List.of());
  }

  private static Login opened(long start, long end, int password, SessionId session) {
    return new Login(ALICE, new Span(start, end), 0, password, Answer.YES, List.of(session));
  }

  private static PasswordChange password(long start, long end, int from, int to, Outcome outcome) {
    return new PasswordChange(ALICE, new Span(start, end), from, to, outcome, List.of());
  }

  private static StatusChange status(long start, long end, boolean active, Outcome outcome) {
    return new StatusChange(ALICE, new Span(start, end), active, outcome);
  }

  private static IdentifierChange identifier(long start, long end, int to, Outcome outcome) {
    return new IdentifierChange(ALICE, new Span(start, end), to, outcome);
  }

  private static RoleChange role(long start, long end, boolean granted) {
    return new RoleChange(ALICE, new Span(start, end), granted, Outcome.TOLD);
  }

  private static Check check(long start, long end, SessionId session, Answer answer, boolean role) {
    return new Check(ALICE, new Span(start, end), session, answer, role);
  }

  private static Logout logout(long start, long end, List<SessionId> sessions, Outcome outcome) {
    return new Logout(ALICE, new Span(start, end), sessions, outcome);
  }
}
