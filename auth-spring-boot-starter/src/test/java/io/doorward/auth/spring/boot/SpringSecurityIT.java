package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.session.AuthenticatedPrincipal;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.InternalAuthenticationServiceException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application that Spring Security guards, with the users of Doorward, on real servers. */
class SpringSecurityIT {
  private static Servers servers;
  private static ConfigurableApplicationContext club;

  @BeforeAll
  static void start() {
    servers = new Servers();
    club =
        servers.start(
            Club.class,
            "doorward.name=club",
            "doorward.web.otherwise=optional",
            "doorward.roles.chief.includes=admin",
            "doorward.roles.chief.permissions=article:publish",
            "doorward.roles.admin.permissions=");
  }

  @AfterAll
  static void stop() {
    club.close();
    servers.close();
  }

  private final Browser browser = Browser.of(club);

  @Test
  void withoutALoginSpringSecurityRefuses() throws Exception {
    assertThat(browser.get("/hello").statusCode()).isEqualTo(401);
  }

  @Test
  void aSessionIsAUserOfSpringSecurityUntilItEnds() throws Exception {
    assertThat(browser.signsUp().statusCode()).isEqualTo(201);
    assertThat(browser.logsIn().statusCode()).isEqualTo(200);

    HttpResponse<String> hello = browser.get("/hello");
    assertThat(hello.statusCode()).isEqualTo(200);
    assertThat(hello.body()).endsWith(" [] " + browser.email());

    assertThat(browser.post("/auth/logout", "").statusCode()).isEqualTo(204);
    assertThat(browser.get("/hello").statusCode()).isEqualTo(401);
  }

  @Test
  void aCurrentUserOfAnotherTypeIsNotTakenFromTheRequest() throws Exception {
    browser.signsUp();
    browser.logsIn();

    assertThat(browser.get("/mistaken?user=admin").statusCode()).isEqualTo(500);
  }

  @Test
  void rolesAreAuthorities() throws Exception {
    browser.signsUp();
    browser.logsIn();
    AccountId account = account(browser.get("/hello"));
    assertThat(browser.get("/admin").statusCode()).isEqualTo(403);

    club.getBean(AuthService.class)
        .admin()
        .changeRoles(account, Set.of("admin", "ROLE_MEMBER"), Set.of(), soon());
    assertThat(browser.get("/hello").body()).contains(" [ROLE_MEMBER, ROLE_admin] ");
    assertThat(browser.get("/admin").body()).isEqualTo("admin");
  }

  @Test
  void includedRolesAndPermissionsAreAuthorities() throws Exception {
    browser.signsUp();
    browser.logsIn();
    AccountId account = account(browser.get("/hello"));
    assertThat(browser.get("/published").statusCode()).isEqualTo(403);

    club.getBean(AuthService.class).admin().changeRoles(account, Set.of("chief"), Set.of(), soon());
    assertThat(browser.get("/hello").body())
        .contains(" [ROLE_admin, ROLE_chief, article:publish] ");
    assertThat(browser.get("/admin").body()).isEqualTo("admin");
    assertThat(browser.get("/published").body()).isEqualTo("published");
  }

  @Test
  void httpBasicIsCheckedByDoorwardAndLeavesNoSession() throws Exception {
    browser.signsUp();
    String right = basic(browser.email(), browser.password());
    for (int i = 0; i < 3; i++) {
      assertThat(browser.get("/hello", "Authorization", right).statusCode()).isEqualTo(200);
    }
    AccountId account = account(browser.get("/hello", "Authorization", right));
    assertThat(club.getBean(AuthService.class).sessions().logoutAll(account, soon()))
        .isEqualTo(new Sessions.LogoutResult.Done(0, false));
  }

  @Test
  void aWrongPasswordIsRefusedAndThenThrottled() throws Exception {
    browser.signsUp();
    String wrong = basic(browser.email(), "a password that is wrong");
    assertThat(browser.get("/hello", "Authorization", wrong).statusCode()).isEqualTo(401);

    AuthenticationProvider provider = club.getBean(AuthenticationProvider.class);
    Authentication attempt =
        UsernamePasswordAuthenticationToken.unauthenticated(
            browser.email(), "a password that is wrong");
    TooManyAttemptsException throttled = null;
    for (int i = 0; i < 20 && throttled == null; i++) {
      try {
        provider.authenticate(attempt);
      } catch (TooManyAttemptsException e) {
        throttled = e;
      } catch (BadCredentialsException e) {
        assertThat(e).hasMessage("Bad credentials");
      }
    }
    assertThat(throttled).isNotNull();
    assertThat(throttled.retryAfter()).isPositive();
  }

  @Test
  void anOutageIsNoWrongPassword() throws Exception {
    try (Servers others = new Servers();
        ConfigurableApplicationContext other =
            others.start(Club.class, "doorward.sessions=redis")) {
      Browser visitor = Browser.of(other);
      others.redis().stop();
      assertThat(visitor.signsUp().statusCode()).isEqualTo(201);
      AuthenticationProvider provider = other.getBean(AuthenticationProvider.class);
      Authentication attempt =
          UsernamePasswordAuthenticationToken.unauthenticated(visitor.email(), visitor.password());
      assertThatThrownBy(() -> provider.authenticate(attempt))
          .isInstanceOf(InternalAuthenticationServiceException.class);
    }
  }

  /** The cookie is there and good, and no server can say so. */
  @Test
  void anOutageIsNoRefusalOfSpringSecurity() throws Exception {
    try (Servers others = new Servers();
        ConfigurableApplicationContext other =
            others.start(
                Club.class, "doorward.sessions=redis", "doorward.web.otherwise=optional")) {
      Browser visitor = Browser.of(other);
      visitor.signsUp();
      visitor.logsIn();
      assertThat(visitor.get("/hello").statusCode()).isEqualTo(200);
      others.redis().stop();

      for (String page : List.of("/hello", "/admin", "/secured")) {
        HttpResponse<String> answer = visitor.get(page);
        assertThat(answer.statusCode()).as(page).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
      }
      assertThat(Browser.of(other).get("/hello").statusCode())
          .as("without a session there is nothing to check")
          .isEqualTo(401);
    }
  }

  @Test
  void noUserIsMadeUp() {
    assertThat(club.getBeansOfType(UserDetailsService.class)).isEmpty();
    assertThat(club.getBean(AuthenticationProvider.class))
        .isInstanceOf(DoorwardAuthenticationProvider.class);
  }

  private static AccountId account(HttpResponse<String> hello) {
    String body = hello.body();
    return AccountId.parse(body.substring(0, body.indexOf(' '))).orElseThrow();
  }

  private static String basic(String user, String password) {
    String text = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableMethodSecurity
  @Import(Pages.class)
  static class Club {
    @Bean
    SecurityFilterChain members(HttpSecurity http) {
      return http.authorizeHttpRequests(
              requests ->
                  requests
                      .requestMatchers("/admin")
                      .hasRole("admin")
                      .requestMatchers("/secured")
                      .permitAll()
                      .anyRequest()
                      .authenticated())
          .httpBasic(Customizer.withDefaults())
          // With it Spring Security keeps the user of every request in an HTTP session.
          .sessionManagement(sessions -> sessions.maximumSessions(10))
          .build();
    }
  }

  @RestController
  static class Pages {
    @GetMapping("/hello")
    String hello(Authentication user, @CurrentUser Optional<AuthenticatedPrincipal> ours) {
      String id = ((AuthenticatedPrincipal) user.getPrincipal()).account().value();
      String email = ours.flatMap(AuthenticatedPrincipal::loginId).map(LoginId::value).orElse("-");
      return id + " " + user.getAuthorities() + " " + email;
    }

    @PreAuthorize("hasAuthority('article:publish')")
    @GetMapping("/published")
    String published() {
      return "published";
    }

    @GetMapping("/mistaken")
    String mistaken(@CurrentUser String user) {
      return user;
    }

    /** Refused by the method, so that what is thrown comes through Spring MVC. */
    @GetMapping("/secured")
    @PreAuthorize("isAuthenticated()")
    public String secured() {
      return "secured";
    }

    @GetMapping("/admin")
    String admin() {
      return "admin";
    }
  }
}
