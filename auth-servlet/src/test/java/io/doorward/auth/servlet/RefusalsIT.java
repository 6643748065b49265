package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.event.AccessEvent.RequestRefused;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AccessEvent.TokenRejected;
import io.doorward.auth.event.AuthEvent;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/** Which refusals the listener of the options hears. */
@OnEveryStack
class RefusalsIT extends SharedApp {
  private static final Optional<String> HERE = Optional.of("127.0.0.1");

  private static final List<AuthEvent> HEARD = new CopyOnWriteArrayList<>();

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app =
        new App(
            stack,
            "",
            true,
            App.options()
                .listener(
                    event -> {
                      HEARD.add(event);
                      throw new IllegalStateException("thrown by the test");
                    })
                .build());
  }

  @BeforeEach
  void forget() {
    HEARD.clear();
  }

  @Test
  void aRequestFromAnotherSite() {
    String cookie = app.cookie();
    for (String path : new String[] {"/app/x", "/auth/login"}) {
      assertThat(
              app.server
                  .post(
                      path,
                      credentials(EMAIL, PASSWORD),
                      "Cookie",
                      cookie,
                      "Sec-Fetch-Site",
                      "cross-site")
                  .status())
          .isEqualTo(403);
    }

    assertThat(HEARD).hasSize(2).containsOnly(refused(RequestRefusal.CROSS_SITE));
  }

  @Test
  void aPathWithTwoReadings() {
    assertThat(app.server.raw("GET /public/..;/admin").status()).isEqualTo(400);

    assertThat(HEARD).containsExactly(refused(RequestRefusal.AMBIGUOUS_PATH));
  }

  @Test
  void twoCredentials() {
    String cookie = app.cookie();
    assertThat(
            app.server
                .get("/app", "Cookie", cookie, "Authorization", "Bearer " + app.bearer())
                .status())
        .isEqualTo(400);

    assertThat(HEARD).containsExactly(refused(RequestRefusal.AMBIGUOUS_CREDENTIALS));
  }

  @Test
  void aPathThatNoRuleAllows() {
    assertThat(app.server.get("/nowhere").status()).isEqualTo(403);

    assertThat(HEARD).containsExactly(refused(RequestRefusal.NO_RULE));
  }

  @Test
  void aRoleThatIsMissing() {
    AccountId account = app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    assertThat(app.server.get("/admin", "Cookie", cookie).status()).isEqualTo(403);

    assertThat(HEARD)
        .containsExactly(
            new RequestRefused(Optional.of(account), RequestRefusal.MISSING_ROLE, HERE));
  }

  @Test
  void aPermissionThatIsMissing() {
    AccountId account = app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    assertThat(app.server.get("/articles/1", "Cookie", cookie).status()).isEqualTo(403);

    assertThat(HEARD)
        .containsExactly(
            new RequestRefused(Optional.of(account), RequestRefusal.MISSING_PERMISSION, HERE));
  }

  @Test
  void theTokenOfACookieBehindBearer() {
    AccountId account = app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    String token = cookie.substring(cookie.indexOf('=') + 1);
    assertThat(app.server.get("/app", "Authorization", "Bearer " + token).status()).isEqualTo(401);

    assertThat(HEARD)
        .containsExactly(
            new RequestRefused(Optional.of(account), RequestRefusal.MISPLACED_TOKEN, HERE));
  }

  @Test
  void aTokenThatIsNotEvenOne() {
    assertThat(app.server.get("/app", "Authorization", "Bearer a b").status()).isEqualTo(401);

    assertThat(HEARD).containsExactly(new TokenRejected(Optional.empty(), TokenRefusal.INVALID));
  }

  @Test
  void notWhatSimplyHasNoSessionOrIsAMistake() {
    assertThat(app.server.get("/app").status()).isEqualTo(401);
    assertThat(app.server.get("/public").status()).isEqualTo(200);
    assertThat(app.server.post("/auth/login", "{").status()).isEqualTo(400);
    assertThat(app.server.get("/auth/nothing").status()).isEqualTo(404);

    assertThat(HEARD).isEmpty();
  }

  private static RequestRefused refused(RequestRefusal reason) {
    return new RequestRefused(Optional.empty(), reason, HERE);
  }
}
