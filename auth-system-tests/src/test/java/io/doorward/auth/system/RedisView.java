package io.doorward.auth.system;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.testkit.TestRedis;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import redis.clients.jedis.UnifiedJedis;

/** What an administrator, or an intruder, sees and does in an application's part of Redis. */
record RedisView(TestRedis server, String namespace, KeyRing keys) {
  String credentialKey(LoginId loginId) {
    return namespace + ":{" + keys.loginIndex().name(namespace, loginId) + "}:credential";
  }

  String userKey(AccountId account) {
    return namespace + ":{" + account.value() + "}:user";
  }

  String sessionKey(AccountId account, SessionId session) {
    return namespace + ":{" + account.value() + "}:session:" + session.value();
  }

  /** Where the view of a durable session lies. */
  String viewKey(AccountId account, SessionId session) {
    return namespace + ":{" + account.value() + "}:view:" + session.value();
  }

  String indexKey(AccountId account) {
    return namespace + ":{" + account.value() + "}:sessions";
  }

  <T> T ask(Function<UnifiedJedis, T> question) {
    try (UnifiedJedis client = server.newClient()) {
      return question.apply(client);
    }
  }

  boolean delete(String key) {
    return ask(client -> client.del(key)) == 1;
  }

  boolean exists(String key) {
    return ask(client -> client.exists(key));
  }

  /** Puts one key's value under another key, byte by byte. */
  void copy(String from, String to) {
    ask(client -> client.set(to.getBytes(StandardCharsets.UTF_8), value(client, from)));
    ask(client -> client.pexpire(to, 600_000));
  }

  byte[] read(String key) {
    return ask(client -> value(client, key));
  }

  /** Puts a value where somebody wants it. */
  void write(String key, byte[] value) {
    ask(client -> client.set(key.getBytes(StandardCharsets.UTF_8), value));
    ask(client -> client.pexpire(key, 600_000));
  }

  private static byte[] value(UnifiedJedis client, String key) {
    byte[] value = client.get(key.getBytes(StandardCharsets.UTF_8));
    if (value == null) {
      throw new AssertionError("nothing lies under " + key);
    }
    return value;
  }

  Set<String> keysOfNamespace() {
    return ask(client -> client.keys(namespace + ":*"));
  }

  /** Every name and every value, as text of one byte a character. */
  List<String> dump() {
    return ask(
        client -> {
          List<String> all = new ArrayList<>();
          for (byte[] key : client.keys("*".getBytes(StandardCharsets.UTF_8))) {
            all.add(text(key));
            String type = client.type(key);
            switch (type) {
              case "string" -> all.add(text(client.get(key)));
              case "zset" -> client.zrange(key, 0, -1).forEach(member -> all.add(text(member)));
              case "none" -> all.add("");
              default -> throw new AssertionError("unexpected type " + type);
            }
          }
          return all;
        });
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
