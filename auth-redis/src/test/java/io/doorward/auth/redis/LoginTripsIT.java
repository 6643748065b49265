package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.SeenCommands;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.HostAndPort;

/** What a login whose credential is cached asks Redis: each script is a trip. */
class LoginTripsIT {
  private static final LoginId ADA = LoginId.email("ada@example.org");
  private static final ClientContext FROM_HERE = ClientContext.of(InetAddress.getLoopbackAddress());
  private static final Pattern SENT = Pattern.compile("\"EVALSHA\" \"([0-9a-f]{40})\"");

  private final Password password = TestSecrets.newPassword();

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  /** A service whose user has logged in before, so that the credential is cached. */
  private AuthService serviceOver(BoundedRedisClient client, String namespace) {
    KeyRing keys = KeyRing.ofSecret("trips", TestSecrets.newKey());
    RedisStores stores = RedisStores.builder(client, keys).namespace(namespace).build();
    AccountStore accounts = AccountStore.inMemory();
    AuthService auth =
        AuthService.builder(accounts, stores.tokenStore(accounts).build(), keys)
            .credentialCache(stores.credentialCache().build())
            .attemptLimiter(stores.attemptLimiter().build())
            .cacheFill(CacheFill.BLOCKING)
            .build();
    assertThat(auth.signUp(new SignUp(ADA, password, FROM_HERE), soon()))
        .isInstanceOf(SignUpResult.Created.class);
    logIn(auth, FROM_HERE);
    return auth;
  }

  private LoginResult.Success logIn(AuthService auth, ClientContext from) {
    LoginResult result = auth.login(new LoginAttempt(ADA, password, from), soon());
    assertThat(result).isInstanceOf(LoginResult.Success.class);
    return (LoginResult.Success) result;
  }

  /** Returns the scripts that each login asks for, in their order. */
  private List<List<String>> scriptsOfLogins(
      TestRedis server, BoundedRedisClient client, ClientContext... clients)
      throws IllegalAccessException {
    String namespace = io.doorward.auth.testkit.TestRedis.shared().newNamespace();
    List<List<String>> all = new ArrayList<>();
    try (AuthService auth = serviceOver(client, namespace)) {
      for (ClientContext from : clients) {
        try (SeenCommands seen = new SeenCommands(server::admin)) {
          logIn(auth, from);
          all.add(scripts(namespace, seen.untilNow()));
        }
      }
    }
    return all;
  }

  private static List<String> scripts(String namespace, List<String> seen)
      throws IllegalAccessException {
    Map<String, String> names = names();
    List<String> scripts = new ArrayList<>();
    for (String line : seen) {
      if (line.contains('"' + namespace + ":{") && !line.contains(" lua]")) {
        Matcher sent = SENT.matcher(line);
        assertThat(sent.find()).as(line).isTrue();
        scripts.add(names.get(sent.group(1)));
      }
    }
    return scripts;
  }

  private static Map<String, String> names() throws IllegalAccessException {
    Map<String, String> names = new HashMap<>();
    for (Field field : RedisScript.class.getDeclaredFields()) {
      if (field.getType() == RedisScript.class) {
        RedisScript script = (RedisScript) field.get(null);
        names.put(new String(script.digest(), StandardCharsets.US_ASCII), field.getName());
      }
    }
    return names;
  }

  @Test
  void aLoginTakesFiveTripsHoweverManyBudgetsItCountsIn() throws Exception {
    List<String> five =
        List.of("RESERVE", "ENTRY_LOOKUP", "SETTLE", "ENTRY_LOOKUP", "SESSION_CREATE");

    TestRedis server = TestRedis.shared();
    try (BoundedRedisClient client = server.client()) {
      assertThat(scriptsOfLogins(server, client, ClientContext.unknown(), FROM_HERE))
          .containsExactly(five, five);
    }
  }

  @Test
  void inAClusterEachSlotIsATrip(@TempDir Path directory) throws Exception {
    try (TestRedis server = TestRedis.startCluster(directory);
        BoundedRedisClient client =
            BoundedRedisClient.cluster(Set.of(new HostAndPort("127.0.0.1", server.port())))
                .build()) {
      assertThat(scriptsOfLogins(server, client, FROM_HERE))
          .containsExactly(
              List.of(
                  "RESERVE",
                  "RESERVE",
                  "ENTRY_LOOKUP",
                  "SETTLE",
                  "SETTLE",
                  "ENTRY_LOOKUP",
                  "SESSION_CREATE"));
    }
  }
}
