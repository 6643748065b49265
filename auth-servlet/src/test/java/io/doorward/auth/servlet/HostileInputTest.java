package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AccessTokens;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What reads text from outside takes time in proportion to its length, whatever the text is. Every
 * parser gets texts of 1 KiB to 64 KiB, made of what is awkward for one of them.
 */
class HostileInputTest {
  private static final int SHORTEST = 1024;
  private static final int LONGEST = 64 * 1024;

  /** So many nanoseconds say nothing about the work. Quadratic, 64 KiB take 100 times as long. */
  private static final long NOTHING = 2_000_000;

  private static final String[] ALL = {
    "io.doorward.auth",
    "io.doorward.auth.jdbc",
    "io.doorward.auth.redis",
    "io.doorward.auth.servlet"
  };

  private static final ImportOption MAIN = new ImportOption.DoNotIncludeTests();
  private static final int RUNS = 30;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final List<String> BEGINNINGS =
      List.of(
          "",
          "for=1.1.1.1;",
          "for=\"",
          "application/json;",
          "application/json; charset=\"",
          "https://",
          "http://[",
          "Bearer ",
          "a@",
          "{\"email\":\"",
          "{\"email\":",
          "{\"",
          "/public/",
          "return=/",
          "$argon2id$v=19$m=19456,t=2,p=1$",
          "$2a$10$",
          "$100801$",
          "{pbkdf2}",
          "__Host-doorward=",
          "redis://u:",
          "redis://",
          "jdbc:postgresql://",
          "eyJhbGciOiJIUzI1NiJ9.");

  private static final List<String> UNITS =
      List.of(
          "\t",
          " ",
          "a",
          "0",
          "1.",
          ".",
          ",",
          ";",
          ":",
          "/",
          "%41",
          "\\",
          "\"",
          "=",
          "a=b;",
          "a=b,",
          "[",
          "{",
          "{\"a\":",
          "-",
          "@",
          "$",
          "\u0301",
          "\ufdfa",
          "\ud83d\ude00",
          "\ud800",
          "for=1.1.1.1,",
          "1.1.1.1,",
          "xn--");

  /** So that no text is right to its end: most work is done for those that nearly are. */
  private static final String END = "!";

  @TestFactory
  Stream<DynamicTest> everyParserTakesTimeInProportion() {
    return parsers().entrySet().stream()
        .map(
            parser ->
                DynamicTest.dynamicTest(parser.getKey(), () -> requireGrowth(parser.getValue())));
  }

  /** The parsers of what strangers, servers and settings say. */
  private static Map<String, Consumer<String>> parsers() {
    List<AddressBlock> proxies = List.of(AddressBlock.parse("10.0.0.0/8"));
    ClientAddress standard = new ClientAddress(ProxyHeader.FORWARDED, proxies);
    ClientAddress customary = new ClientAddress(ProxyHeader.X_FORWARDED_FOR, proxies);
    InetAddress proxy = AddressBlock.address("10.0.0.1").orElseThrow();
    AccessTokens tokens = AccessTokens.builder(KeyRing.ephemeral()).build();
    PasswordHasher hasher = PasswordHasher.standard();
    CrossSiteCheck crossSite = new CrossSiteCheck(Set.of("https://friend.example"));
    Map<String, Consumer<String>> parsers = new TreeMap<>();
    parsers.put("Forwarded", text -> standard.find(proxy, List.of(text)));
    parsers.put("X-Forwarded-For", text -> customary.find(proxy, List.of(text)));
    parsers.put("Content-Type", MediaType::parse);
    parsers.put("Cookie", checked(text -> request(Map.of("Cookie", text)).cookies("a")));
    parsers.put("Authorization", checked(text -> bearer(request(Map.of("Authorization", text)))));
    parsers.put(
        "Origin", checked(text -> crossSite.require(request(Map.of("Origin", text, "Host", "a")))));
    parsers.put(
        "Host",
        checked(
            text ->
                crossSite.require(request(Map.of("Origin", "https://app.example", "Host", text)))));
    parsers.put("Accept", text -> PageVisit.is(request(Map.of("Accept", text))));
    parsers.put("form", FormText::parse);
    parsers.put("return path", ReturnPath::parse);
    parsers.put("path", CanonicalPath::decode);
    parsers.put("path of a dispatch", CanonicalPath::plain);
    parsers.put("path for the rules", text -> App.RULES.decide("GET", text));
    parsers.put(
        "JSON",
        checked(text -> JsonBody.parse(text, new BodyFields(Set.of("email"), Set.of("remember")))));
    parsers.put("token", PresentedToken::isToken);
    parsers.put("signed token", text -> tokens.verify(AccessToken.of(text)));
    parsers.put("e-mail address", LoginId::parseEmail);
    parsers.put("login identifier", refusing(LoginId::of));
    parsers.put("telephone number", LoginId::parsePhone);
    parsers.put("user name", refusing(LoginId::name));
    parsers.put("tenant", TenantId::parse);
    parsers.put("password", Password::parse);
    parsers.put("stored hash", refusing(text -> hasher.whyUnreadable(PasswordHash.of(text))));
    parsers.put("account", AccountId::parse);
    parsers.put("session", SessionId::parse);
    parsers.put("operation", OperationId::parse);
    parsers.put("User-Agent", text -> ClientContext.unknown().withUserAgent(text));
    parsers.put("device cookie", refusing(text -> DeviceCookie.of(text, Instant.MAX)));
    parsers.put(
        "device cookie of a request", text -> ClientContext.unknown().withDeviceCookie(text));
    parsers.put("proxies", refusing(AddressBlock::parse));
    parsers.put("origins", refusing(text -> WebOptions.builder().allowedOrigins(text).build()));
    parsers.put("address of Redis", refusing(text -> BoundedRedisClient.builder(URI.create(text))));
    return parsers;
  }

  private static void bearer(ReceivedRequest request) throws RefusedRequest {
    Optional<PresentedToken> unused =
        new SessionCheck(null, WebOptions.defaults()).presented(request);
  }

  /** The patterns of all modules, each on its own, in work that can be counted. */
  @Test
  void everyPatternDoesWorkInProportion() throws IllegalAccessException {
    List<Pattern> patterns = new ArrayList<>();
    for (JavaClass type : new ClassFileImporter().withImportOption(MAIN).importPackages(ALL)) {
      for (Field field : type.reflect().getDeclaredFields()) {
        if (field.getType() == Pattern.class) {
          field.setAccessible(true);
          patterns.add((Pattern) field.get(null));
        }
      }
    }
    assertThat(patterns).hasSizeGreaterThan(20);
    for (Pattern pattern : patterns) {
      forEveryText(
          (beginning, unit) -> {
            long few = steps(pattern, text(beginning, unit, 256));
            long many = steps(pattern, text(beginning, unit, 1024));
            // In proportion it is 4 times as much, quadratic 16 times.
            assertThat(many)
                .as("%s for 1024 characters of <%s> after <%s>", pattern, unit, beginning)
                .isLessThanOrEqualTo(8 * Math.max(few, 256));
          });
    }
  }

  private static long steps(Pattern pattern, String text) {
    CountedText counted = new CountedText(text);
    boolean unused = pattern.matcher(counted).matches() || pattern.matcher(counted).lookingAt();
    return counted.looks;
  }

  private static void requireGrowth(Consumer<String> parser) {
    forEveryText(
        (beginning, unit) -> {
          // A short one first: what is quadratic takes minutes for the long ones.
          String shorter = text(beginning, unit, SHORTEST);
          for (int size = 4 * SHORTEST; size <= LONGEST; size *= 4) {
            String text = text(beginning, unit, size);
            assertThat(isInProportion(parser, shorter, text))
                .as("%s characters of <%s> after <%s>", size, unit, beginning)
                .isTrue();
            shorter = text;
          }
        });
  }

  private static void forEveryText(Text what) {
    for (String beginning : BEGINNINGS) {
      for (String unit : UNITS) {
        what.accept(beginning, unit);
      }
    }
  }

  private static String text(String beginning, String unit, int size) {
    return beginning + unit.repeat(size / unit.length()) + END;
  }

  /** Other work on the machine does not count: this is the processor's time for this thread. */
  private static long nanos(Consumer<String> parser, String text) {
    long start = THREADS.getCurrentThreadCpuTime();
    parser.accept(text);
    return THREADS.getCurrentThreadCpuTime() - start;
  }

  /**
   * Compares the least times of a text and one that is four times as long. In proportion that takes
   * 4 times as long, quadratic 16 times. A first run is slow, so it is tried again: what grows
   * faster does so however often it is run.
   */
  private static boolean isInProportion(Consumer<String> parser, String shorter, String text) {
    long less = Long.MAX_VALUE;
    long more = Long.MAX_VALUE;
    for (int run = 0; run < RUNS; run++) {
      more = Math.min(more, nanos(parser, text));
      if (more <= NOTHING) {
        return true;
      }
      less = Math.min(less, nanos(parser, shorter));
      if (more <= 9 * less) {
        return true;
      }
    }
    return false;
  }

  private static Consumer<String> refusing(Consumer<String> parser) {
    return text -> {
      try {
        parser.accept(text);
      } catch (IllegalArgumentException e) {
        // Most of these texts are refused. How long that takes is the question.
      }
    };
  }

  private static Consumer<String> checked(Checked parser) {
    return text -> {
      try {
        parser.accept(text);
      } catch (RefusedRequest e) {
        // As above.
      }
    };
  }

  static ReceivedRequest request(Map<String, String> headers) {
    return new ReceivedRequest(
        (HttpServletRequest)
            Proxy.newProxyInstance(
                HostileInputTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "getHeaders" ->
                          Collections.enumeration(
                              Stream.ofNullable(headers.get((String) arguments[0])).toList());
                      case "getMethod" -> "POST";
                      case "getDispatcherType" -> DispatcherType.REQUEST;
                      case "getProtocol" -> "HTTP/1.1";
                      default -> throw new IllegalStateException(method.getName());
                    }));
  }

  private interface Text {
    void accept(String beginning, String unit);
  }

  private interface Checked {
    void accept(String text) throws RefusedRequest;
  }

  /** A text that counts how often somebody looks at a character of it. */
  private static final class CountedText implements CharSequence {
    private final String text;
    private long looks;

    CountedText(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      looks++;
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
