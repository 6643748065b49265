package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.doorward.auth.Sessions.ExplainResult;
import io.doorward.auth.Sessions.HostLogin;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.LoginSucceeded;
import io.doorward.auth.event.AccessEvent.LoginUnavailable;
import io.doorward.auth.event.AccessEvent.NewDeviceLoggedIn;
import io.doorward.auth.event.AccessEvent.SessionsRevoked;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.Success;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that are listed, explained, ended by their owner, and opened for the host. */
class SessionsTest {
  private final Machine machine = new Machine();
  private final Sessions sessions = machine.service.sessions();

  @BeforeEach
  void signUp() {
    machine.signUp();
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private AccountId anna() {
    return machine.anna().account();
  }

  private SessionListResult.Listed listed() {
    return (SessionListResult.Listed) sessions.list(anna(), soon());
  }

  private static SessionId id(Success of) {
    return of.principal().session().id();
  }

  @Test
  void liveSessionsAreListedWithWhereTheyAreUsed() {
    Success older = machine.enter(RIGHT);
    machine.clock.advance(Duration.ofMinutes(1));
    Success newer = machine.enter(RIGHT);

    assertThat(listed().live()).extracting(Session::id).containsExactly(id(newer), id(older));
    assertThat(listed().live())
        .allSatisfy(
            session -> {
              assertThat(session.network()).isEqualTo(CLIENT.network()).isPresent();
              assertThat(session.device()).isEqualTo(CLIENT.userAgent());
            });
    assertThat(listed().ended()).isEmpty();
    assertThat(sessions.list(AccountId.random(), soon()))
        .isEqualTo(new SessionListResult.Listed(List.of(), List.of()));
  }

  @Test
  void endedSessionsAreListedWithTheReason() {
    Success loggedOut = machine.enter(RIGHT);
    Success kicked = machine.enter(RIGHT);
    Success kept = machine.enter(RIGHT);

    machine.service.logout(loggedOut.token(), soon());
    machine.clock.advance(Duration.ofSeconds(1));
    sessions.logout(anna(), id(kicked), soon());

    assertThat(listed().ended())
        .extracting(EndedSession::id, EndedSession::reason)
        .containsExactly(
            tuple(id(kicked), EndReason.KICKED_OUT), tuple(id(loggedOut), EndReason.LOGOUT));
    assertThat(listed().live()).extracting(Session::id).containsExactly(id(kept));
  }

  @Test
  void aLogoutByTheRefreshTokenIsALogout() {
    Success session = (Success) open(anna());

    sessions.logout(session.refreshToken().orElseThrow(), soon());

    assertThat(listed().ended()).extracting(EndedSession::reason).containsExactly(EndReason.LOGOUT);
  }

  @Test
  void allOtherSessionsEndAndTheCallersStays() {
    Success kept = machine.enter(RIGHT);
    Success other = machine.enter(RIGHT);

    assertThat(sessions.logoutOthers(kept.principal().session(), soon()))
        .isEqualTo(new LogoutResult.Done(1, false));

    assertThat(machine.check(kept)).isInstanceOf(CheckResult.Active.class);
    assertThat(machine.check(other)).isInstanceOf(CheckResult.Rejected.class);
    assertThat(machine.events.of(SessionsRevoked.class))
        .containsExactly(new SessionsRevoked(anna(), 1, false));
  }

  @Test
  void aSessionIsExplainedByItsIdAndByItsToken() {
    Success session = machine.enter(RIGHT);

    assertThat(sessions.explain(session.token(), soon()))
        .isInstanceOfSatisfying(
            ExplainResult.Live.class,
            live -> assertThat(live.session().id()).isEqualTo(id(session)));

    machine.service.logout(session.token(), soon());
    machine.clock.advance(Duration.ofHours(13));

    assertThat(sessions.explain(session.token(), soon()))
        .isEqualTo(sessions.explain(anna(), id(session), soon()))
        .isInstanceOfSatisfying(
            ExplainResult.Ended.class,
            ended -> assertThat(ended.record().reason()).isEqualTo(EndReason.LOGOUT));
    machine.clock.advance(Duration.ofHours(12));
    assertThat(sessions.explain(session.token(), soon())).isEqualTo(new ExplainResult.Unrecorded());
  }

  @Test
  void whatThisServiceDidNotIssueIsUnrecorded() {
    Success session = machine.enter(RIGHT);
    ExplainResult unrecorded = new ExplainResult.Unrecorded();

    assertThat(sessions.explain(AccessToken.of("no token"), soon())).isEqualTo(unrecorded);
    assertThat(sessions.explain(AccessToken.of(session.token().reveal() + "A"), soon()))
        .isEqualTo(unrecorded);
    assertThat(sessions.explain(anna(), SessionId.random(), soon())).isEqualTo(unrecorded);
    assertThat(sessions.explain(AccountId.random(), id(session), soon())).isEqualTo(unrecorded);
  }

  @Test
  void aStoreThatIsAwayExplainsAndListsNothing() {
    Success session = machine.enter(RIGHT);
    machine.toTokens.cut();

    assertThat(sessions.list(anna(), soon())).isInstanceOf(SessionListResult.Unavailable.class);
    assertThat(sessions.explain(session.token(), soon()))
        .isInstanceOf(ExplainResult.Unavailable.class);
    assertThat(sessions.logoutOthers(session.principal().session(), soon()))
        .isInstanceOf(LogoutResult.Unavailable.class);
    assertThat(open(anna())).isInstanceOf(LoginResult.Unavailable.class);
    assertThat(machine.events.of(LoginUnavailable.class)).hasSize(1);
  }

  private LoginResult open(AccountId account) {
    return sessions.open(
        new HostLogin(account, Set.of("hwk"), CLIENT, SessionOptions.bearer()), soon());
  }

  @Test
  void aLoginThatTheHostProvedOpensASession() {
    Success success = (Success) open(anna());

    assertThat(machine.check(success)).isInstanceOf(CheckResult.Active.class);
    assertThat(success.principal().session().amr()).containsExactly("hwk");
    assertThat(success.principal().loginId()).contains(ANNA);
    assertThat(success.refreshToken()).isPresent();
    assertThat(success.deviceCookie()).isPresent();
    assertThat(machine.events.of(LoginSucceeded.class))
        .singleElement()
        .satisfies(event -> assertThat(event.source()).isEqualTo(Source.HOST));
    assertThat(machine.hasher.compared()).isZero();
  }

  @Test
  void anAccountThatMayNotLogInGetsNoSessionForTheHost() {
    machine.service.admin().changeStatus(anna(), AccountStatus.DISABLED, soon());
    machine.forget();

    assertThat(open(anna())).isEqualTo(new LoginResult.Rejected());
    AccountId nobody = AccountId.random();
    assertThat(open(nobody)).isEqualTo(new LoginResult.Rejected());

    assertThat(machine.events.of(LoginRejected.class))
        .containsExactly(
            new LoginRejected(Optional.of(anna()), LoginRefusal.NOT_ACTIVE, CLIENT.network()),
            new LoginRejected(Optional.empty(), LoginRefusal.UNKNOWN_LOGIN, CLIENT.network()));
    assertThat(listed().live()).isEmpty();
  }

  @Test
  void anAccountThatChangesMeanwhileIsReadOnceMore() {
    AtomicInteger changes = new AtomicInteger();
    machine.toTokens.before(
        "create",
        () -> {
          if (changes.getAndIncrement() == 0) {
            machine.replaceCredential();
          }
        });

    assertThat(machine.check((Success) open(anna()))).isInstanceOf(CheckResult.Active.class);
    assertThat(changes).hasValue(2);

    machine.toTokens.before("create", machine::replaceCredential);
    assertThat(open(anna())).isEqualTo(new LoginResult.Rejected());
  }

  @Test
  void theLimitOfSessionsHoldsForTheHostToo() {
    for (int i = 0; i < 101; i++) {
      assertThat(open(anna())).isInstanceOf(Success.class);
    }

    assertThat(listed().live()).hasSize(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "\u00e9", "a23456789012345678901234567890123"})
  void aProofThatHasNoNameIsRefused(String method) {
    assertThatThrownBy(
            () ->
                new HostLogin(
                    anna(), Set.of(method), ClientContext.unknown(), SessionOptions.cookie()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("amr must be 1 to 16 values");
  }

  @Test
  void aLoginFromAnUnknownDeviceIsToldOncePerDevice() {
    Success first = (Success) machine.login(RIGHT);
    assertThat(machine.events.of(NewDeviceLoggedIn.class))
        .containsExactly(
            new NewDeviceLoggedIn(anna(), id(first), CLIENT.network(), CLIENT.userAgent()));
    machine.forget();

    String cookie = first.deviceCookie().orElseThrow().reveal();
    LoginAttempt known = new LoginAttempt(ANNA, RIGHT, CLIENT.withDeviceCookie(cookie));
    assertThat(machine.service.login(known, soon())).isInstanceOf(Success.class);
    assertThat(machine.events.of(NewDeviceLoggedIn.class)).isEmpty();

    machine.change(first, RIGHT, NEXT);
    machine.forget();
    LoginAttempt later = new LoginAttempt(ANNA, NEXT, CLIENT.withDeviceCookie(cookie));
    assertThat(machine.service.login(later, soon())).isInstanceOf(Success.class);
    assertThat(machine.events.of(NewDeviceLoggedIn.class)).hasSize(1);
  }
}
