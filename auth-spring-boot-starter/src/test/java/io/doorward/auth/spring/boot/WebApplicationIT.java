package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import java.net.http.HttpResponse;
import java.security.Principal;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application with controllers and without Spring Security, on real servers. */
class WebApplicationIT {
  private static Servers servers;
  private static ConfigurableApplicationContext shop;

  @BeforeAll
  static void start() {
    servers = new Servers();
    shop =
        servers.start(
            Shop.class,
            "doorward.name=shop",
            "doorward.web.rules[0].paths=/admin/**",
            "doorward.web.rules[0].roles=admin",
            "doorward.web.rules[1].paths=/home",
            "doorward.web.rules[1].access=optional",
            "doorward.web.rules[2].paths=/articles/**",
            "doorward.web.rules[2].permissions=article:write",
            "doorward.roles.Chief.includes=admin,shop.EDITOR",
            "doorward.roles.admin.permissions=user:*",
            "doorward.roles[shop.EDITOR].permissions[0]=article:read",
            "doorward.roles[shop.EDITOR].permissions[1]=article:write",
            "doorward.web.permit=/open/**,/actuator/**",
            "management.endpoint.health.show-details=always",
            "management.endpoint.env.show-values=always",
            "management.endpoint.configprops.show-values=always",
            "management.endpoints.web.exposure.include=configprops,env,health,metrics",
            "spring.web.error.path=/oops");
  }

  @AfterAll
  static void stop() {
    shop.close();
    servers.close();
  }

  private final Browser browser = Browser.of(shop);

  private void logsIn() throws Exception {
    browser.signsUp();
    assertThat(browser.logsIn().statusCode()).isEqualTo(200);
  }

  @Test
  void aPathThatNoPropertyNamesNeedsALogin() throws Exception {
    HttpResponse<String> refused = browser.get("/hello");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("\"code\":\"not_authenticated\"");
  }

  @Test
  void controllersKnowTheUserInEveryWay() throws Exception {
    logsIn();
    String account = browser.get("/auth/me").body().replaceAll(".*\"account\":\"([^\"]+).*", "$1");

    assertThat(browser.get("/hello").body()).isEqualTo(account);
    assertThat(browser.get("/user").body()).isEqualTo(browser.email());
    assertThat(browser.get("/plain").body()).isEqualTo(account);
    assertThat(browser.get("/home").body()).isEqualTo("Hello " + account);
  }

  @Test
  void aPathThatIsPermittedHasNoUser() throws Exception {
    assertThat(browser.get("/open/page").body()).isEqualTo("nobody");
    assertThat(browser.get("/home").body()).isEqualTo("Hello nobody");
  }

  @Test
  void aControllerThatNeedsAUserOnAnOpenPathFails() throws Exception {
    HttpResponse<String> broken = browser.get("/open/broken");
    assertThat(broken.statusCode()).isEqualTo(500);
    assertThat(broken.body()).as("Boot's error page").contains("\"path\":\"/open/broken\"");
  }

  @Test
  void aRuleAsksForARole() throws Exception {
    logsIn();
    assertThat(browser.get("/admin/page").statusCode()).isEqualTo(403);

    AccountId account = AccountId.parse(browser.get("/hello").body()).orElseThrow();
    assertThat(
            shop.getBean(AuthService.class)
                .admin()
                .changeRoles(account, Set.of("admin"), Set.of(), soon()))
        .isInstanceOf(RoleChangeResult.Changed.class);
    assertThat(browser.get("/admin/page").body()).isEqualTo("admin");

    shop.getBean(AuthService.class).admin().changeRoles(account, Set.of(), Set.of("admin"), soon());
    assertThat(browser.get("/admin/page").statusCode()).isEqualTo(403);
  }

  @Test
  void aRuleAsksForAPermissionAndARoleHasWhatItIncludes() throws Exception {
    logsIn();
    AccountId account = AccountId.parse(browser.get("/hello").body()).orElseThrow();
    assertThat(browser.get("/articles/1").statusCode()).isEqualTo(403);

    AuthService service = shop.getBean(AuthService.class);
    service.admin().changeRoles(account, Set.of("shop.EDITOR"), Set.of(), soon());
    assertThat(browser.get("/articles/1").body()).isEqualTo("article");
    assertThat(browser.get("/admin/page").statusCode()).isEqualTo(403);

    service.admin().changeRoles(account, Set.of("Chief"), Set.of("shop.EDITOR"), soon());
    assertThat(browser.get("/articles/1").body()).isEqualTo("article");
    assertThat(browser.get("/admin/page").body()).isEqualTo("admin");
  }

  @Test
  void healthShowsEachServerAndTheSettings() throws Exception {
    HttpResponse<String> health = browser.get("/actuator/health");
    assertThat(health.body())
        .contains("\"doorward\":{\"components\":{", "\"postgresql\":{", "\"redis\":{")
        .contains("\"settings\":{")
        .contains("\"state\":\"UP\"");
    assertThat(browser.get("/actuator/health/doorward/redis").body()).contains("\"status\":\"UP\"");
  }

  @Test
  void secretsAreHiddenWhereTheActuatorShowsValues() throws Exception {
    assertThat(browser.get("/actuator/env/doorward.name").body()).contains("shop");
    assertThat(browser.get("/actuator/env").body())
        .contains("doorward.secret")
        .doesNotContain(Servers.SECRET);
    assertThat(browser.get("/actuator/configprops/doorward").body())
        .contains("\"name\":\"shop\"")
        .doesNotContain(Servers.SECRET);
  }

  @Test
  void eventsAreCountedInTheRegistry() throws Exception {
    logsIn();
    assertThat(browser.get("/actuator/metrics/doorward.logins?tag=outcome:accepted").body())
        .containsPattern("\"value\":[1-9]");
  }

  @Test
  void aRequestUnderWayIsServedBeforeTheServiceCloses() throws Exception {
    ConfigurableApplicationContext other =
        servers.start(Shop.class, "doorward.name=other", "doorward.web.permit=/open/**");
    AuthService service = other.getBean(AuthService.class);
    SlowController slow = other.getBean(SlowController.class);
    Browser visitor = Browser.of(other);
    CompletableFuture<HttpResponse<String>> answer =
        CompletableFuture.supplyAsync(() -> get(visitor, "/open/slow"));
    assertThat(slow.entered.await(20, TimeUnit.SECONDS)).isTrue();

    CompletableFuture<Void> closed = CompletableFuture.runAsync(other::close);
    while (!slow.stops.await(10, TimeUnit.MILLISECONDS)) {
      assertThat(closed).isNotDone();
    }
    slow.leave.countDown();

    assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("Rejected");
    closed.get(20, TimeUnit.SECONDS);
    assertThatThrownBy(() -> service.check("any")).isInstanceOf(IllegalStateException.class);
  }

  private static HttpResponse<String> get(Browser visitor, String path) {
    try {
      return visitor.get(path);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration(
      exclude = {
        ManagementWebSecurityAutoConfiguration.class,
        SecurityAutoConfiguration.class,
        SecurityFilterAutoConfiguration.class,
        ServletWebSecurityAutoConfiguration.class,
        UserDetailsServiceAutoConfiguration.class
      })
  @Import({Pages.class, SlowController.class})
  static class Shop {}

  @RestController
  static class Pages {
    @GetMapping("/hello")
    String hello(Principal user) {
      return user.getName();
    }

    @GetMapping("/user")
    String user(@CurrentUser AuthenticatedPrincipal user) {
      return user.loginId().orElseThrow().value();
    }

    @GetMapping("/plain")
    String plain(AuthenticatedPrincipal user) {
      return user.getName();
    }

    @GetMapping({"/open/page", "/home"})
    String home(HttpServletRequest request, @CurrentUser Optional<AuthenticatedPrincipal> user) {
      String name = user.map(AuthenticatedPrincipal::getName).orElse("nobody");
      return request.getServletPath().equals("/home") ? "Hello " + name : name;
    }

    @GetMapping("/open/broken")
    String broken(@CurrentUser AuthenticatedPrincipal user) {
      return user.getName();
    }

    @GetMapping("/articles/1")
    String article(@CurrentUser AuthenticatedPrincipal user) {
      return user.hasPermission("article:write") ? "article" : "not";
    }

    @GetMapping("/admin/page")
    String admin(HttpServletRequest request) {
      return request.isUserInRole("admin") ? "admin" : "not";
    }
  }
}
