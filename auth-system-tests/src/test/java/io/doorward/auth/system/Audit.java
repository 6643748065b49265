package io.doorward.auth.system;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.awaitility.Awaitility;

/**
 * Compares, when all is quiet, what every node believes of an account with what the database says.
 * Each difference is an invalidation that was lost.
 */
final class Audit {
  private final Fleet fleet;
  private final Administrator administrator;
  private final List<String> differences = new ArrayList<>();

  Audit(Fleet fleet, Administrator administrator) {
    this.fleet = fleet;
    this.administrator = administrator;
  }

  List<String> differences() {
    return differences;
  }

  void compare(Subject subject) {
    Optional<Administrator.Row> row = administrator.read(subject.account());
    int present =
        row.map(it -> subject.passwordOf(it.hash()).orElse(History.GUESS)).orElse(History.GUESS);
    for (int i = 0; i < subject.identifiers(); i++) {
      String name = subject.person(i, 0).loginId().value();
      boolean isPresent = row.filter(it -> it.loginId().equals(name)).isPresent();
      for (int place = 0; place < Fleet.NODES; place++) {
        Node node = fleet.node(place);
        compareEntry(subject, i, node, isPresent ? row : Optional.empty());
        if (present != History.GUESS) {
          boolean opens = isPresent && row.get().active();
          compareLogin(subject, i, present, node, opens)
              .ifPresent(it -> compareRoles(it, node, row));
        }
      }
      for (int old = 0; old < subject.passwords(); old++) {
        if (old != present && (isPresent || i == 0)) {
          compareLogin(subject, i, old, fleet.node(old % Fleet.NODES), false);
        }
      }
    }
  }

  /** A session that has ended is over on every node, whatever was lost on the way. */
  void compareEnded(RefreshTally refreshes) {
    List<RefreshToken> dead = refreshes.dead();
    for (int i = 0; i < dead.size(); i++) {
      Node node = fleet.node(i % Fleet.NODES);
      RefreshToken token = dead.get(i);
      RefreshResult result =
          Awaitility.await()
              .pollDelay(Duration.ZERO)
              .pollInSameThread()
              .atMost(Duration.ofSeconds(10))
              .until(() -> node.refresh(token), it -> !(it instanceof RefreshResult.Unavailable));
      if (result instanceof RefreshResult.Refreshed) {
        refreshes.resurrected("a session, when all was quiet");
      }
    }
  }

  /** What is cached must be what the database has, to the last detail. */
  private void compareEntry(
      Subject subject, int identifier, Node node, Optional<Administrator.Row> row) {
    LoginId loginId = subject.person(identifier, 0).loginId();
    // The first call after a fault may meet a connection that the fault has left behind.
    Lookup found =
        Awaitility.await()
            .pollDelay(Duration.ZERO)
            .pollInSameThread()
            .atMost(Duration.ofSeconds(10))
            .ignoreException(StoreException.class)
            .until(() -> node.cache().lookup(loginId, node.deadline()), it -> true);
    if (found instanceof Lookup.Hit hit) {
      Credential cached = hit.credential();
      boolean mine = cached.account().equals(subject.account());
      boolean same =
          row.filter(it -> it.version() == cached.version().number())
              .filter(it -> it.rowTag().equals(cached.version().tag()))
              .filter(it -> it.hash().equals(cached.hash()))
              .isPresent();
      if (mine && !same) {
        differences.add("account " + subject.number() + ": a cached credential is old");
      }
    } else if (!(found instanceof Lookup.Miss)) {
      differences.add("account " + subject.number() + ": the cache does not answer");
    }
  }

  private Optional<LoginResult.Success> compareLogin(
      Subject subject, int identifier, int password, Node node, boolean opens) {
    LoginResult result = node.login(subject.person(identifier, password));
    boolean right =
        opens ? result instanceof LoginResult.Success : result instanceof LoginResult.Rejected;
    if (!right) {
      differences.add(
          String.format(
              Locale.ROOT,
              "account %d, identifier %d, password %d: %s",
              subject.number(),
              identifier,
              password,
              result.getClass().getSimpleName()));
    }
    return result instanceof LoginResult.Success success ? Optional.of(success) : Optional.empty();
  }

  private void compareRoles(
      LoginResult.Success session, Node node, Optional<Administrator.Row> row) {
    boolean same =
        node.check(session.token()) instanceof CheckResult.Active active
            && row.filter(it -> it.roles().equals(active.principal().roles())).isPresent();
    if (!same) {
      differences.add("account " + session.principal().account().value() + ": other roles");
    }
  }
}
