package io.doorward.auth.system;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthServiceBuilder;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.redis.PrimaryGuard;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.FaultProxy;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/** Makes some value of every type, for parameters whose value does not matter. Starts no server. */
final class Samples implements AutoCloseable {
  private static final List<HostAndPort> NODES = List.of(new HostAndPort("localhost", 1));

  /** For parameters that not every value of their type suits. */
  private static final Map<String, Object> BY_NAME =
      Map.ofEntries(
          Map.entry("absoluteEnd", Instant.EPOCH.plusSeconds(1)),
          Map.entry("identity", "0".repeat(40)),
          Map.entry("jdbcUrl", "jdbc:postgresql://localhost/sample"),
          Map.entry("nodes", NODES),
          Map.entry("redis", "redis://localhost"),
          Map.entry("sentinels", NODES));

  private final List<Object> values = new ArrayList<>();
  private final Map<Class<?>, Object> made = new HashMap<>();
  private final List<Runnable> closers = new ArrayList<>();

  Samples() throws GeneralSecurityException {
    values.addAll(
        List.of(
            "sample",
            true,
            1,
            1L,
            Duration.ofSeconds(1),
            Instant.EPOCH,
            List.of(),
            Set.of(),
            Map.of(),
            Optional.empty(),
            URI.create("redis://localhost"),
            InetAddress.getLoopbackAddress(),
            new IllegalStateException("sample")));
    byte[] key = new byte[32];
    IntStream.range(0, key.length).forEach(i -> key[i] = (byte) (7 * i));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    values.addAll(List.of(key, pair.getPublic(), pair.getPrivate()));

    KeyRing keys = KeyRing.ephemeral();
    AccountStore accounts = AccountStore.inMemory();
    TokenStore tokens = TokenStore.inMemory(accounts);
    AuthServiceBuilder builder = AuthService.builder(accounts, tokens, keys);
    AuthService service = builder.build();
    closers.add(service::close);
    values.addAll(
        List.of(
            LoginId.email("ada@example.org"),
            Password.of("correct horse battery"),
            PasswordHasher.standard(),
            PasswordPolicy.defaults(),
            keys,
            accounts,
            tokens,
            session(),
            session().toBuilder(),
            builder,
            service,
            service.admin(),
            service.operations()));

    BoundedRedisClient client = BoundedRedisClient.builder("localhost", 1).build();
    PrimaryGuard guard =
        PrimaryGuard.builder(client, PrimaryRegistry.inMemory(Ticker.system())).build();
    closers.addAll(List.of(guard::close, client::close));
    RedisStores stores = RedisStores.of(client, keys);
    values.addAll(
        List.of(
            client,
            BoundedRedisClient.sentinel("sample", NODES),
            guard,
            stores,
            stores.credentialCache(),
            stores.sessionView(),
            stores.attemptLimiter(),
            stores.tokenStore(accounts),
            PostgresPool.builder("jdbc:postgresql://localhost/sample"),
            AccessRules.builder().build(),
            AccessRules.builder().path("/sample")));
  }

  private static Session session() {
    return Session.builder(
            AccountId.random(),
            SessionKind.COOKIE,
            new Epoch(1, "sample"),
            Instant.EPOCH,
            Instant.EPOCH.plusSeconds(1),
            Duration.ofSeconds(1))
        .build();
  }

  /** Returns what to hand over, with null for one parameter, or for none. */
  @Nullable Object[] argumentsOf(Executable callee, @Nullable Parameter nulled)
      throws ReflectiveOperationException {
    List<@Nullable Object> arguments = new ArrayList<>();
    for (Parameter parameter : callee.getParameters()) {
      Object fitting = BY_NAME.get(parameter.getName());
      arguments.add(
          parameter.equals(nulled)
              ? null
              : parameter.getType().isInstance(fitting) ? fitting : of(parameter.getType()));
    }
    return arguments.toArray();
  }

  Object of(Class<?> type) throws ReflectiveOperationException {
    Object known = made.get(type);
    if (known == null) {
      known = make(type);
      made.put(type, known);
    }
    return known;
  }

  private Object make(Class<?> type) throws ReflectiveOperationException {
    Class<?> boxed =
        type.isPrimitive() ? Array.get(Array.newInstance(type, 1), 0).getClass() : type;
    for (Object value : values) {
      if (boxed.isInstance(value)) {
        return value;
      }
    }
    if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), 0);
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type.isSealed() && type.isInterface()) {
      return of(type.getPermittedSubclasses()[0]);
    }
    return type.isInterface() ? standIn(type) : build(type);
  }

  /** Stands in where the value is only kept. */
  private static Object standIn(Class<?> type) {
    InvocationHandler unused =
        (proxy, method, arguments) -> {
          throw new UnsupportedOperationException(method.toString());
        };
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, unused);
  }

  /** Takes the constructor or the static method of the type that needs the fewest arguments. */
  private Object build(Class<?> type) throws ReflectiveOperationException {
    Stream<Executable> factories =
        Stream.of(type, type.getEnclosingClass())
            .filter(maker -> maker != null && isOurs(maker))
            .flatMap(maker -> Arrays.stream(maker.getMethods()))
            .filter(method -> Modifier.isStatic(method.getModifiers()))
            .filter(method -> method.getReturnType() == type)
            .map(method -> method);
    List<Executable> ways =
        Stream.concat(factories, Arrays.stream(type.getConstructors()))
            .filter(way -> !Arrays.asList(way.getParameterTypes()).contains(type))
            .sorted(Comparator.comparing(Executable::getParameterCount))
            .toList();
    IllegalStateException failure = new IllegalStateException("no sample of " + type);
    for (Executable way : ways) {
      try {
        return call(way, null, argumentsOf(way, null));
      } catch (InvocationTargetException e) {
        failure.addSuppressed(e);
      }
    }
    throw failure;
  }

  private static boolean isOurs(Class<?> maker) {
    return (maker.getPackageName() + ".").startsWith("io.doorward.")
        && !maker.getPackageName().equals(FaultProxy.class.getPackageName());
  }

  static Object call(Executable callee, @Nullable Object receiver, @Nullable Object[] arguments)
      throws ReflectiveOperationException {
    return callee instanceof Constructor<?> constructor
        ? constructor.newInstance(arguments)
        : ((Method) callee).invoke(receiver, arguments);
  }

  @Override
  public void close() {
    closers.forEach(Runnable::run);
  }
}
