package io.doorward.benchmarks;

import java.time.InstantSource;
import java.util.List;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;

/** Finds the user of a request, and whether the session is still live. */
final class CheckSuite {
  private CheckSuite() {}

  static Suite suite() {
    return new Suite(
        "check",
        "A request check, beside one GET of the driver",
        List.of(1, 8, 64),
        List.of(
            new Contender("Jedis GET", CheckSuite::get),
            new Contender("by hand: java-jwt HS256, then GET", CheckSuite::byHand),
            new Contender("Doorward, Redis, HS256", CheckSuite::onRedis),
            new Contender("Doorward, durable, HS256", CheckSuite::durable),
            new Contender("Doorward, Redis, ES256", CheckSuite::es256),
            new Contender("Spring Session: find", CheckSuite::springFind),
            new Contender("Spring Session: find, touch, save", CheckSuite::springTouch),
            new Contender("Sa-Token: getLoginIdByToken", CheckSuite::saTokenFind),
            new Contender("Sa-Token: checkLogin, getLoginId", CheckSuite::saTokenCheck)));
  }

  private static Operation get(Servers servers, Opened opened) {
    TokenAndGet.BareSessions sessions = TokenAndGet.BareSessions.open(servers, opened);
    return turn -> sessions.get(Integer.toString(turn % sessions.count()));
  }

  private static Operation byHand(Servers servers, Opened opened) {
    TokenAndGet byHand = TokenAndGet.open(servers, opened);
    List<String> tokens = byHand.tokens();
    return turn -> byHand.check(tokens.get(turn % tokens.size()));
  }

  private static Operation onRedis(Servers servers, Opened opened) {
    return checking(servers, opened, Service.Setup.of("check_redis", servers.users()));
  }

  private static Operation durable(Servers servers, Opened opened) {
    return checking(servers, opened, Service.Setup.of("check_durable", servers.users()).durably());
  }

  private static Operation es256(Servers servers, Opened opened) {
    return checking(
        servers, opened, Service.Setup.of("check_es256", servers.users()).with(Keys.es256()));
  }

  private static Operation checking(Servers servers, Opened opened, Service.Setup setup) {
    Service service = Service.open(servers, opened, setup);
    List<String> tokens = service.tokens();
    return turn -> service.check(tokens.get(turn % tokens.size()));
  }

  private static Operation springFind(Servers servers, Opened opened) {
    SessionRepository<?> sessions = Spring.sessions(servers, opened);
    List<String> ids = Spring.open(sessions, servers.users());
    return turn -> Spring.find(sessions, ids.get(turn % ids.size()));
  }

  private static Operation springTouch(Servers servers, Opened opened) {
    return springTouch(Spring.sessions(servers, opened), servers.users());
  }

  /** As its filter does it for every request, so that the session does not expire. */
  private static <S extends Session> Operation springTouch(
      SessionRepository<S> sessions, int users) {
    List<String> ids = Spring.open(sessions, users);
    return turn -> {
      S session = Spring.find(sessions, ids.get(turn % ids.size()));
      session.setLastAccessedTime(InstantSource.system().instant());
      sessions.save(session);
    };
  }

  private static Operation saTokenFind(Servers servers, Opened opened) {
    List<String> tokens = SaToken.tokens(servers, opened);
    return turn -> SaToken.find(tokens.get(turn % tokens.size()));
  }

  private static Operation saTokenCheck(Servers servers, Opened opened) {
    List<String> tokens = SaToken.tokens(servers, opened);
    return turn -> SaToken.checkAndFind(tokens.get(turn % tokens.size()));
  }
}
