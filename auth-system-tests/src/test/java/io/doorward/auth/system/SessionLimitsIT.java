package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Sessions.HostLogin;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.testkit.Concurrently;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However many logins race, and wherever, an account has as many sessions as it may have. */
@Timeout(240)
class SessionLimitsIT {
  private static final int LOGINS = 1_000;
  private static final int NODES = 3;
  private static final int MOST = 3;

  /** Each login waits for all that came before it. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final SessionLimits limits = SessionLimits.defaults().withPerAccount(MOST);

  @ParameterizedTest
  @EnumSource
  void ofAThousandLoginsThreeStayLive(Sessions sessions) {
    try (Application application = Application.shared(sessions)) {
      List<Node> nodes = nodes(application, limits);
      AccountId account = nodes.get(0).signedUp(Person.random());

      List<LoginResult> results = Concurrently.call(logins(nodes, account));

      assertThat(count(results, LoginResult.Success.class)).isEqualTo(LOGINS);
      assertThat(live(nodes.get(0), account)).hasSize(MOST);
      assertThat(
              results.stream()
                  .map(LoginResult.Success.class::cast)
                  .map(success -> nodes.get(1).check(success.token()))
                  .filter(CheckResult.Active.class::isInstance)
                  .count())
          .as("those whose tokens were answered; an answer may have been lost")
          .isBetween(1L, (long) MOST);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofAThousandLoginsThreeAreAcceptedWhereMoreAreRefused(Sessions sessions) {
    try (Application application = Application.shared(sessions)) {
      List<Node> nodes = nodes(application, limits.withWhenFull(WhenFull.REFUSE));
      AccountId account = nodes.get(0).signedUp(Person.random());

      List<LoginResult> results = Concurrently.call(logins(nodes, account));

      assertThat(count(results, LoginResult.Success.class)).isBetween(1L, (long) MOST);
      assertThat(results)
          .filteredOn(LoginResult.TooManySessions.class::isInstance)
          .hasSizeGreaterThanOrEqualTo(LOGINS - MOST)
          .containsOnly(new LoginResult.TooManySessions(MOST, Optional.empty()));
      List<Session> live = live(nodes.get(0), account);
      assertThat(live).hasSize(MOST);
      nodes.get(2).logout(account, live.get(0).id());
      assertThat(open(nodes.get(1), account)).isInstanceOf(LoginResult.Success.class);
      assertThat(open(nodes.get(0), account)).isInstanceOf(LoginResult.TooManySessions.class);
    }
  }

  private static List<Node> nodes(Application application, SessionLimits limits) {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(
          application.node(
              new Application.Setup()
                  .patience(PATIENCE)
                  .connections(8, 8)
                  .redisTimeout(PATIENCE)
                  .service(
                      builder ->
                          builder
                              .passwordHasher(new FastHasher())
                              .sessionPolicy(SessionPolicy.defaults().withLimits(limits)))));
    }
    return nodes;
  }

  private static List<Callable<LoginResult>> logins(List<Node> nodes, AccountId account) {
    List<Callable<LoginResult>> calls = new ArrayList<>();
    for (int i = 0; i < LOGINS; i++) {
      Node node = nodes.get(i % nodes.size());
      calls.add(() -> open(node, account));
    }
    return calls;
  }

  private static long count(List<LoginResult> results, Class<?> type) {
    return results.stream().filter(type::isInstance).count();
  }

  /** A thousand at once are more than a pool serves in time: the others come again. */
  private static LoginResult open(Node node, AccountId account) {
    HostLogin login =
        new HostLogin(account, Set.of("hwk"), ClientContext.unknown(), SessionOptions.cookie());
    LoginResult result;
    do {
      result = node.service().sessions().open(login, node.deadline());
    } while (result instanceof LoginResult.Unavailable);
    return result;
  }

  private static List<Session> live(Node node, AccountId account) {
    return ((SessionListResult.Listed) node.service().sessions().list(account, node.deadline()))
        .live();
  }
}
