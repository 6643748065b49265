package io.doorward.benchmarks;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import java.net.InetAddress;
import java.util.List;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.session.SessionRepository;

/** From a password to an open session, beside one hash of the same kind alone. */
final class LoginSuite {
  /** More than this many logins of one service in a run would find its users in the cache. */
  private static final int FRESH_USERS_PER_USER = 10;

  private final String name;
  private final int oneOf;
  private final PasswordHasher hasher;
  private final PasswordEncoder encoder;

  /**
   * Prepares contenders with one hash.
   *
   * @param oneOf so many users takes part: each of them is logged in once before, which takes long
   *     with a costly hash
   */
  private LoginSuite(String name, int oneOf, PasswordHasher hasher, PasswordEncoder encoder) {
    this.name = name;
    this.oneOf = oneOf;
    this.hasher = hasher;
    this.encoder = encoder;
  }

  /** With a hash so cheap that the rest of a login shows. */
  static Suite bcrypt() {
    LoginSuite logins = new LoginSuite("login", 1, new Bcrypt(), Bcrypt.ENCODER);
    return new Suite(
        logins.name,
        "A login, beside one bcrypt hash of cost 4 alone",
        List.of(1, 8),
        List.of(
            new Contender("bcrypt alone", logins::hashAlone),
            new Contender("Doorward, cached", logins::cached),
            new Contender("Doorward, cached, with address", logins::withAddress),
            new Contender("Doorward, not cached", logins::notCached),
            new Contender("Doorward, durable, cached", logins::durable),
            new Contender("Spring provider", logins::springProvider),
            new Contender("Spring provider, session saved", logins::springSession),
            new Contender("by hand: GET, then SET and ZADD", logins::byHand)));
  }

  /** With the hash that Doorward takes by default. */
  static Suite argon2() {
    LoginSuite logins =
        new LoginSuite(
            "login-argon2",
            10,
            PasswordHasher.standard(),
            new Argon2PasswordEncoder(16, 32, 1, 19_456, 2));
    return new Suite(
        logins.name,
        "A login, beside one Argon2id hash (19 MiB, 2 passes) alone",
        List.of(1),
        List.of(
            new Contender("Argon2id alone", logins::hashAlone),
            new Contender("Doorward, cached", logins::cached),
            new Contender("Spring provider, session saved", logins::springSession),
            new Contender("by hand: GET, then SET and ZADD", logins::byHand)));
  }

  private Operation hashAlone(Servers servers, Opened opened) {
    PasswordHash hash = hasher.hash(Users.PASSWORD);
    return turn -> {
      if (!hasher.matches(Users.PASSWORD, hash)) {
        throw new IllegalStateException("the hash does not match its password");
      }
    };
  }

  private Operation cached(Servers servers, Opened opened) {
    return warm(servers, opened, setup("cached", users(servers)));
  }

  /** The address of the client has a budget of its own, and one at the login identifier. */
  private Operation withAddress(Servers servers, Opened opened) {
    ClientContext client = ClientContext.of(InetAddress.getLoopbackAddress());
    return warm(servers, opened, setup("address", users(servers)).from(client));
  }

  private Operation durable(Servers servers, Opened opened) {
    return warm(servers, opened, setup("durable", users(servers)).durably());
  }

  /** Every login is the first one of its user. */
  private Operation notCached(Servers servers, Opened opened) {
    return Service.open(servers, opened, setup("missed", users(servers) * FRESH_USERS_PER_USER))
        ::logIn;
  }

  /** The first login of each user fills the cache. */
  private static Operation warm(Servers servers, Opened opened, Service.Setup setup) {
    Service service = Service.open(servers, opened, setup);
    for (int user = 0; user < setup.users(); user++) {
      service.logIn(user);
    }
    return service::logIn;
  }

  private int users(Servers servers) {
    return servers.users() / oneOf;
  }

  private Service.Setup setup(String variant, int users) {
    return Service.Setup.of(name.replace('-', '_') + "_" + variant, users).with(hasher);
  }

  private Operation springProvider(Servers servers, Opened opened) {
    AuthenticationProvider provider = provider(servers, opened);
    return turn -> authenticate(provider, turn % servers.users());
  }

  private Operation springSession(Servers servers, Opened opened) {
    AuthenticationProvider provider = provider(servers, opened);
    SessionRepository<?> sessions = Spring.sessions(servers, opened);
    return turn -> Spring.open(sessions, authenticate(provider, turn % servers.users()));
  }

  private AuthenticationProvider provider(Servers servers, Opened opened) {
    return Spring.provider(servers, opened, encoder);
  }

  private static Authentication authenticate(AuthenticationProvider provider, int user) {
    Authentication result =
        provider.authenticate(
            UsernamePasswordAuthenticationToken.unauthenticated(
                Users.email(user), Users.PASSWORD.reveal()));
    if (result == null || !result.isAuthenticated()) {
      throw new IllegalStateException("Spring's provider refuses the password");
    }
    return result;
  }

  private Operation byHand(Servers servers, Opened opened) {
    return ByHand.logins(servers, opened, encoder);
  }
}
