package io.doorward.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.Admin.ListResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.Names.NameRemovalResult;
import io.doorward.auth.Operations.CacheCheckResult;
import io.doorward.auth.Operations.CleanUpResult;
import io.doorward.auth.Operations.InvalidationBacklogResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.ExplainResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.Sessions.WatchEnd;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import io.doorward.auth.password.PasswordPolicy.Refusal;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pins the cases of every result: a new one breaks callers' {@code match} and must be meant. */
class ResultsTest {
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final AccountId ACCOUNT = AccountId.random();
  private static final AuthenticatedPrincipal PRINCIPAL =
      new AuthenticatedPrincipal(
          ACCOUNT,
          Set.of("admin"),
          Session.builder(
                  ACCOUNT,
                  SessionKind.COOKIE,
                  new Epoch(1, "tag"),
                  Instant.EPOCH,
                  Instant.EPOCH.plusSeconds(9),
                  RETRY)
              .amr(Set.of("pwd"))
              .build());

  private static final Account LISTED =
      new Account(
          ACCOUNT,
          AccountStatus.ACTIVE,
          List.of(),
          Optional.empty(),
          Set.of(),
          Set.of(),
          Set.of(),
          Instant.EPOCH);

  /** A result type, one value of each case in order, and a match that returns what it was given. */
  static Stream<Arguments> results() {
    return Stream.of(
        Arguments.of(
            AuthenticationResult.class,
            List.of(
                new AuthenticationResult.Authenticated(
                    ACCOUNT,
                    new CredentialVersion(2, "later"),
                    new Epoch(1, "tag"),
                    Set.of("pwd"),
                    Source.CACHE,
                    Map.of()),
                new AuthenticationResult.NextStep("otp"),
                new AuthenticationResult.Rejected(Optional.empty()),
                new AuthenticationResult.Throttled(RETRY),
                new AuthenticationResult.Unavailable(RETRY)),
            (Function<AuthenticationResult, Case>)
                it ->
                    it.match(
                        a -> new Case(0, a),
                        n -> new Case(1, n),
                        r -> new Case(2, r),
                        t -> new Case(3, t),
                        u -> new Case(4, u))),
        Arguments.of(
            LoginResult.class,
            List.of(
                new LoginResult.Success(
                    PRINCIPAL,
                    AccessToken.of("token"),
                    Instant.EPOCH,
                    Optional.empty(),
                    Optional.of(DeviceCookie.of("device", Instant.EPOCH))),
                new LoginResult.NextStep("otp"),
                new LoginResult.TooManySessions(3, Optional.of("phone")),
                new LoginResult.Rejected(),
                new LoginResult.Throttled(RETRY),
                new LoginResult.Unavailable(RETRY)),
            (Function<LoginResult, Case>)
                it ->
                    it.match(
                        s -> new Case(0, s),
                        n -> new Case(1, n),
                        m -> new Case(2, m),
                        r -> new Case(3, r),
                        t -> new Case(4, t),
                        u -> new Case(5, u))),
        Arguments.of(
            CheckResult.class,
            List.of(
                new CheckResult.Active(PRINCIPAL),
                new CheckResult.Rejected(),
                new CheckResult.Unverified(AccountId.random(), SessionId.random()),
                new CheckResult.Unavailable(RETRY)),
            (Function<CheckResult, Case>)
                it ->
                    it.match(
                        a -> new Case(0, a),
                        r -> new Case(1, r),
                        p -> new Case(2, p),
                        u -> new Case(3, u))),
        Arguments.of(
            RefreshResult.class,
            List.of(
                new RefreshResult.Refreshed(
                    PRINCIPAL,
                    AccessToken.of("token"),
                    Instant.EPOCH,
                    RefreshToken.of("next token")),
                new RefreshResult.Rejected(),
                new RefreshResult.Unavailable(RETRY)),
            (Function<RefreshResult, Case>)
                it -> it.match(r -> new Case(0, r), x -> new Case(1, x), u -> new Case(2, u))),
        Arguments.of(
            LoginIdChangeResult.class,
            List.of(
                new LoginIdChangeResult.Changed(true),
                new LoginIdChangeResult.Duplicate(),
                new LoginIdChangeResult.Unknown(),
                new LoginIdChangeResult.Unavailable(RETRY)),
            (Function<LoginIdChangeResult, Case>)
                it ->
                    it.match(
                        c -> new Case(0, c),
                        d -> new Case(1, d),
                        x -> new Case(2, x),
                        u -> new Case(3, u))),
        Arguments.of(
            NameAddResult.class,
            List.of(
                new NameAddResult.Added(true),
                new NameAddResult.Duplicate(),
                new NameAddResult.Full(),
                new NameAddResult.Unknown(),
                new NameAddResult.Unavailable(RETRY)),
            (Function<NameAddResult, Case>)
                it ->
                    it.match(
                        a -> new Case(0, a),
                        d -> new Case(1, d),
                        f -> new Case(2, f),
                        x -> new Case(3, x),
                        u -> new Case(4, u))),
        Arguments.of(
            NameRemovalResult.class,
            List.of(
                new NameRemovalResult.Removed(true),
                new NameRemovalResult.Last(),
                new NameRemovalResult.Absent(false),
                new NameRemovalResult.Unknown(),
                new NameRemovalResult.Unavailable(RETRY)),
            (Function<NameRemovalResult, Case>)
                it ->
                    it.match(
                        r -> new Case(0, r),
                        l -> new Case(1, l),
                        a -> new Case(2, a),
                        x -> new Case(3, x),
                        u -> new Case(4, u))),
        Arguments.of(
            SignUpResult.class,
            List.of(
                new SignUpResult.Created(ACCOUNT, true),
                new SignUpResult.Duplicate(),
                new SignUpResult.LoginIdRefused(),
                new SignUpResult.PasswordRefused(Refusal.COMMON),
                new SignUpResult.Throttled(RETRY),
                new SignUpResult.Unavailable(RETRY)),
            (Function<SignUpResult, Case>)
                it ->
                    it.match(
                        c -> new Case(0, c),
                        d -> new Case(1, d),
                        l -> new Case(2, l),
                        p -> new Case(3, p),
                        t -> new Case(4, t),
                        u -> new Case(5, u))),
        Arguments.of(
            PasswordSetResult.class,
            List.of(
                new PasswordSetResult.Changed(true),
                new PasswordSetResult.Unknown(),
                new PasswordSetResult.PasswordRefused(Refusal.TOO_SHORT),
                new PasswordSetResult.Unavailable(RETRY)),
            (Function<PasswordSetResult, Case>)
                it ->
                    it.match(
                        c -> new Case(0, c),
                        x -> new Case(1, x),
                        p -> new Case(2, p),
                        u -> new Case(3, u))),
        Arguments.of(
            PasswordChangeResult.class,
            List.of(
                new PasswordChangeResult.Changed(Optional.empty(), false),
                new PasswordChangeResult.Rejected(),
                new PasswordChangeResult.PasswordRefused(Refusal.TOO_LONG),
                new PasswordChangeResult.Conflict(),
                new PasswordChangeResult.Throttled(RETRY),
                new PasswordChangeResult.Unavailable(RETRY)),
            (Function<PasswordChangeResult, Case>)
                it ->
                    it.match(
                        c -> new Case(0, c),
                        r -> new Case(1, r),
                        p -> new Case(2, p),
                        x -> new Case(3, x),
                        t -> new Case(4, t),
                        u -> new Case(5, u))),
        Arguments.of(
            FindResult.class,
            List.of(
                new FindResult.Found(LISTED),
                new FindResult.Unknown(),
                new FindResult.Unavailable(RETRY)),
            (Function<FindResult, Case>)
                it -> it.match(f -> new Case(0, f), n -> new Case(1, n), u -> new Case(2, u))),
        Arguments.of(
            ListResult.class,
            List.of(
                new ListResult.Listed(List.of(LISTED), Optional.of(ACCOUNT)),
                new ListResult.Unavailable(RETRY)),
            (Function<ListResult, Case>) it -> it.match(l -> new Case(0, l), u -> new Case(1, u))),
        Arguments.of(
            AccountChangeResult.class,
            List.of(
                new AccountChangeResult.Changed(true),
                new AccountChangeResult.Unknown(),
                new AccountChangeResult.Unavailable(RETRY)),
            (Function<AccountChangeResult, Case>)
                it -> it.match(c -> new Case(0, c), n -> new Case(1, n), u -> new Case(2, u))),
        Arguments.of(
            RoleChangeResult.class,
            List.of(
                new RoleChangeResult.Changed(true),
                new RoleChangeResult.Full(),
                new RoleChangeResult.Unknown(),
                new RoleChangeResult.Unavailable(RETRY)),
            (Function<RoleChangeResult, Case>)
                it ->
                    it.match(
                        c -> new Case(0, c),
                        f -> new Case(1, f),
                        n -> new Case(2, n),
                        u -> new Case(3, u))),
        Arguments.of(
            LogoutResult.class,
            List.of(new LogoutResult.Done(1, false), new LogoutResult.Unavailable(RETRY)),
            (Function<LogoutResult, Case>)
                it -> it.match(d -> new Case(0, d), u -> new Case(1, u))),
        Arguments.of(
            SessionListResult.class,
            List.of(
                new SessionListResult.Listed(List.of(), List.of()),
                new SessionListResult.Unavailable(RETRY)),
            (Function<SessionListResult, Case>)
                it -> it.match(l -> new Case(0, l), u -> new Case(1, u))),
        Arguments.of(
            ExplainResult.class,
            List.of(
                new ExplainResult.Live(PRINCIPAL.session()),
                new ExplainResult.Ended(
                    new EndedSession(
                        PRINCIPAL.session().id(),
                        PRINCIPAL.account(),
                        SessionKind.COOKIE,
                        EndReason.LOGOUT,
                        Instant.EPOCH,
                        Instant.EPOCH)),
                new ExplainResult.Unrecorded(),
                new ExplainResult.Unavailable(RETRY)),
            (Function<ExplainResult, Case>)
                it ->
                    it.match(
                        l -> new Case(0, l),
                        e -> new Case(1, e),
                        n -> new Case(2, n),
                        u -> new Case(3, u))),
        Arguments.of(
            WatchEnd.class,
            List.of(new WatchEnd.SessionEnded(Optional.empty()), new WatchEnd.Unverified(RETRY)),
            (Function<WatchEnd, Case>) it -> it.match(e -> new Case(0, e), u -> new Case(1, u))),
        Arguments.of(
            CacheCheckResult.class,
            List.of(
                new CacheCheckResult.Checked(1, List.of(), Optional.of(ACCOUNT)),
                new CacheCheckResult.Unavailable(Optional.of(ACCOUNT), RETRY)),
            (Function<CacheCheckResult, Case>)
                it -> it.match(c -> new Case(0, c), u -> new Case(1, u))),
        Arguments.of(
            InvalidationBacklogResult.class,
            List.of(
                new InvalidationBacklogResult.Known(1, Optional.of(RETRY)),
                new InvalidationBacklogResult.Unavailable(RETRY)),
            (Function<InvalidationBacklogResult, Case>)
                it -> it.match(k -> new Case(0, k), u -> new Case(1, u))),
        Arguments.of(
            CleanUpResult.class,
            List.of(new CleanUpResult.Done(1, 2, 3), new CleanUpResult.Unavailable(RETRY)),
            (Function<CleanUpResult, Case>)
                it -> it.match(d -> new Case(0, d), u -> new Case(1, u))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("results")
  <R> void everyCaseHasItsFunction(Class<R> type, List<R> values, Function<R, Case> match) {
    assertThat(Arrays.asList(type.getPermittedSubclasses()))
        .isEqualTo(values.stream().map(Object::getClass).toList());
    for (int i = 0; i < values.size(); i++) {
      assertThat(match.apply(values.get(i))).isEqualTo(new Case(i, values.get(i)));
    }
  }

  /** Which function was called, and with what. */
  record Case(int number, Object value) {}
}
