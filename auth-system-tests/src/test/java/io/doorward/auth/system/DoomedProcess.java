package io.doorward.auth.system;

import io.doorward.auth.AuthService;
import io.doorward.auth.PasswordChange;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.jdbc.JdbcAccountStore;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.redis.BoundedRedisClient;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.testkit.TestRedis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A node in a process of its own that changes a password, or relays, and stops at its so many-th
 * word to the credential cache until somebody kills it. Secrets come over standard input.
 */
final class DoomedProcess {
  private DoomedProcess() {}

  /** Starts one that writes what it has to say into a file. */
  static Process start(List<String> input, Path output) throws IOException {
    TestRedis redis = TestRedis.shared();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            DoomedProcess.class.getName(),
            redis.host(),
            Integer.toString(redis.port()));
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    Process process = builder.start();
    try (var out = process.outputWriter(StandardCharsets.UTF_8)) {
      for (String line : input) {
        out.write(line);
        out.newLine();
      }
    }
    return process;
  }

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String jdbcUrl = in.readLine();
    String namespace = in.readLine();
    KeyRing keys = KeyRing.ofSecret("system", HexFormat.of().parseHex(in.readLine()));
    LoginId loginId = LoginId.ofStored(in.readLine());
    Password present = Password.of(in.readLine());
    Password next = Password.of(in.readLine());
    boolean relays = in.readLine().equals("relay");
    int fatal = Integer.parseInt(in.readLine());
    Path reached = Path.of(in.readLine());

    PostgresPool pool =
        PostgresPool.builder(jdbcUrl).maximumSize(4).poolWait(Duration.ofSeconds(10)).open();
    BoundedRedisClient client =
        BoundedRedisClient.builder(arguments[0], Integer.parseInt(arguments[1]))
            .connectTimeout(Duration.ofSeconds(10))
            .commandTimeout(Duration.ofSeconds(10))
            .build();
    AccountStore accounts = JdbcAccountStore.create(pool.dataSource(), JdbcSchema.defaults());
    RedisStores stores = RedisStores.builder(client, keys).namespace(namespace).build();
    CredentialCache cache =
        FenceHook.before(
            stores.credentialCache().build(),
            number -> {
              if (number == fatal) {
                waitToBeKilled(reached);
              }
            });
    AuthService service =
        AuthService.builder(accounts, stores.tokenStore(accounts).build(), keys)
            .credentialCache(cache)
            .passwordHasher(new ProbedHasher())
            .relayInterval(Duration.ofHours(1))
            .build();
    Deadline deadline = Deadline.after(Duration.ofMinutes(5));
    if (relays) {
      service.relayInvalidations(deadline);
    } else {
      LoginResult.Success login =
          (LoginResult.Success)
              service.login(new LoginAttempt(loginId, present, ClientContext.unknown()), deadline);
      service.changePassword(
          new PasswordChange(login.principal(), present, next, ClientContext.unknown()), deadline);
    }
  }

  private static void waitToBeKilled(Path reached) {
    try {
      Files.createFile(reached);
      new CountDownLatch(1).await();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
