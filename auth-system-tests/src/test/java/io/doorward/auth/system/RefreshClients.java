package io.doorward.auth.system;

import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionOptions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Clients that stay logged in by their refresh tokens while everything breaks: with tabs that race
 * over several nodes, answers that are lost and asked for again, thieves, logouts, and a store that
 * loses an exchange. A client that does as it is told must never be logged out.
 *
 * <p>No client waits for a token to become old enough to be replaced: the row says that it is.
 */
final class RefreshClients implements Callable<Void> {
  private static final int CLIENTS = 4;
  private static final int TABS = 3;

  /** {@code SessionPolicy.refreshGrace}. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Fleet fleet;
  private final RefreshTally tally;
  private final RandomGenerator random;
  private final CountDownLatch over;
  private final ExecutorService tabs;

  RefreshClients(
      Fleet fleet,
      RefreshTally tally,
      RandomGenerator random,
      CountDownLatch over,
      ExecutorService tabs) {
    this.fleet = fleet;
    this.tally = tally;
    this.random = random;
    this.over = over;
    this.tabs = tabs;
  }

  /** A session and what its client has of it: the tokens that it got, the latest last. */
  private record Client(Person person, SessionId session, List<RefreshToken> tokens) {
    RefreshToken latest() {
      return tokens.get(tokens.size() - 1);
    }

    void got(RefreshToken token) {
      if (!token.equals(latest())) {
        tokens.add(token);
      }
    }
  }

  @Override
  public Void call() throws Exception {
    try (Connection database = fleet.application().connect()) {
      List<Client> clients = new ArrayList<>();
      while (over.getCount() > 0) {
        int place = random.nextInt(CLIENTS);
        if (place >= clients.size()) {
          loggedIn(signedUp()).ifPresent(clients::add);
        } else if (!act(clients.get(place), database)) {
          Person again = clients.remove(place).person();
          loggedIn(again).ifPresent(clients::add);
        }
      }
    }
    return null;
  }

  /** Returns false if the client has to log in again. */
  private boolean act(Client client, Connection database) throws Exception {
    int dice = random.nextInt(100);
    if (dice < 80) {
      return exchange(client, database);
    } else if (dice < 88) {
      return exchangeThatTheStoreLoses(client, database);
    } else if (dice < 94) {
      return robbed(client, database);
    } else if (dice < 97) {
      return loggedOut(client);
    }
    tally.dead().stream().skip(random.nextInt(50)).findFirst().ifPresent(this::requireDead);
    return true;
  }

  private boolean exchange(Client client, Connection database) throws Exception {
    if (!grow(client, database)) {
      tally.honestLogout("the row of " + client.session() + " is gone");
      return false;
    }
    RefreshToken before = client.latest();
    long began = System.nanoTime();
    int atOnce = random.nextInt(1, TABS + 1);
    List<Future<Optional<RefreshResult.Refreshed>>> asked = new ArrayList<>();
    for (int i = 0; i < atOnce; i++) {
      RandomGenerator choices = new SplittableRandom(random.nextLong());
      asked.add(tabs.submit(() -> refresh(client, before, began, choices)));
    }
    Set<RefreshToken> answers = new HashSet<>();
    Optional<AccessToken> access = Optional.empty();
    for (Future<Optional<RefreshResult.Refreshed>> each : asked) {
      Optional<RefreshResult.Refreshed> answer = get(each);
      if (answer.isEmpty()) {
        return false;
      }
      answers.add(answer.get().refreshToken());
      access = Optional.of(answer.get().token());
    }
    client.got(answers.iterator().next());
    return mayGoOn(client, before, began, access.orElseThrow());
  }

  /** The first tab uses what it got while the answer to another one is still on its way. */
  private boolean mayGoOn(Client client, RefreshToken before, long began, AccessToken access) {
    if (random.nextInt(4) == 0 && refresh(client, client.latest(), random).isEmpty()) {
      return false;
    }
    if (random.nextInt(3) == 0 && refresh(client, before, began, random).isEmpty()) {
      return false;
    }
    if (random.nextInt(4) == 0
        && ask(node -> node.check(access))
            .filter(CheckResult.Rejected.class::isInstance)
            .isPresent()) {
      tally.honestLogout("the access token of " + client.session() + " is rejected");
      return false;
    }
    return true;
  }

  /**
   * Sends a token until it is answered, as a client must.
   *
   * @param began when it was sent for the first time: its grace begins later
   * @return empty if the client has to log in again
   */
  private Optional<RefreshResult.Refreshed> refresh(
      Client client, RefreshToken token, long began, RandomGenerator choices) {
    while (over.getCount() > 0) {
      Node node = fleet.any(choices);
      Optional<RefreshResult> result = fleet.ask(node, it -> it.refresh(token));
      if (result.isPresent() && result.get() instanceof RefreshResult.Refreshed refreshed) {
        tally.refreshed(client.session(), refreshed.refreshToken());
        return Optional.of(refreshed);
      }
      if (result.filter(RefreshResult.Rejected.class::isInstance).isPresent()) {
        if (System.nanoTime() - began > GRACE.toNanos()) {
          tally.late();
        } else {
          tally.honestLogout("a token of " + client.session() + " is rejected");
        }
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private Optional<RefreshResult.Refreshed> refresh(
      Client client, RefreshToken token, RandomGenerator choices) {
    return refresh(client, token, System.nanoTime(), choices);
  }

  private static <T> T get(Future<T> answer) throws Exception {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new AssertionError("a tab failed", e.getCause());
    }
  }

  /** The database fails over to one that lacks the latest exchange, of this session. */
  private boolean exchangeThatTheStoreLoses(Client client, Connection database) throws Exception {
    if (!grow(client, database)) {
      tally.honestLogout("the row of " + client.session() + " is gone");
      return false;
    }
    Row row = row(client, database);
    Optional<RefreshResult.Refreshed> answer = refresh(client, client.latest(), random);
    if (answer.isEmpty()) {
      return false;
    }
    client.got(answer.get().refreshToken());
    restore(client, row, database);
    tally.lostByTheStore();
    Optional<RefreshResult.Refreshed> made = refresh(client, client.latest(), random);
    made.ifPresent(it -> client.got(it.refreshToken()));
    return made.isPresent();
  }

  /** A thief has copied a token that was replaced, and uses it later than the grace. */
  private boolean robbed(Client client, Connection database) throws Exception {
    if (client.tokens().size() < 2 || !grow(client, database)) {
      return true;
    }
    RefreshToken copy = client.tokens().get(random.nextInt(client.tokens().size() - 1));
    Optional<RefreshResult> answer = answered(copy);
    if (answer.isEmpty()) {
      return true;
    }
    if (answer.get() instanceof RefreshResult.Refreshed) {
      tally.resurrected("a copy of " + client.session() + " is good");
    }
    tally.copyCaught();
    tally.ended(client.latest());
    requireDead(client.latest());
    return false;
  }

  private boolean loggedOut(Client client) {
    Optional<LogoutResult> result =
        ask(node -> node.service().sessions().logout(client.latest(), node.deadline()));
    if (result.filter(LogoutResult.Done.class::isInstance).isEmpty()) {
      // It may have ended, and nobody can say.
      return false;
    }
    tally.ended(client.latest());
    requireDead(client.latest());
    return false;
  }

  /** Whatever breaks, a session that is over gives no token. */
  private void requireDead(RefreshToken token) {
    if (answered(token).filter(RefreshResult.Refreshed.class::isInstance).isPresent()) {
      tally.resurrected("a session that had ended");
    }
  }

  private Optional<RefreshResult> answered(RefreshToken token) {
    while (over.getCount() > 0) {
      Optional<RefreshResult> result = ask(node -> node.refresh(token));
      if (result.filter(it -> !(it instanceof RefreshResult.Unavailable)).isPresent()) {
        return result;
      }
    }
    return Optional.empty();
  }

  private Person signedUp() {
    Person person = Person.random();
    ask(node -> node.signUp(person));
    return person;
  }

  private Optional<Client> loggedIn(Person person) {
    return ask(node -> node.login(person, SessionOptions.bearer()))
        .filter(LoginResult.Success.class::isInstance)
        .map(LoginResult.Success.class::cast)
        .map(
            success ->
                new Client(
                    person,
                    success.principal().session().id(),
                    new ArrayList<>(List.of(success.refreshToken().orElseThrow()))));
  }

  private <T> Optional<T> ask(Function<Node, T> question) {
    return fleet.ask(fleet.any(random), question);
  }

  /** Lets the present token become old enough; false if the session is not there. */
  private static boolean grow(Client client, Connection database) throws SQLException {
    return update(
        database,
        "UPDATE {sessions} SET rotated_at = rotated_at - interval '2 minutes' WHERE id = ?",
        client.session().value());
  }

  private record Row(int generation, Object rotatedAt, String keyId) {}

  private static Row row(Client client, Connection database) throws SQLException {
    try (PreparedStatement select =
            Application.prepare(
                database,
                "SELECT generation, rotated_at, key_id FROM {sessions} WHERE id = ?",
                client.session().value());
        ResultSet row = select.executeQuery()) {
      row.next();
      return new Row(row.getInt(1), row.getObject(2), row.getString(3));
    }
  }

  private static void restore(Client client, Row row, Connection database) throws SQLException {
    update(
        database,
        "UPDATE {sessions} SET generation = ?, rotated_at = ?, key_id = ? WHERE id = ?",
        row.generation(),
        row.rotatedAt(),
        row.keyId(),
        client.session().value());
  }

  private static boolean update(Connection database, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement update = Application.prepare(database, sql, values)) {
      return update.executeUpdate() == 1;
    }
  }
}
