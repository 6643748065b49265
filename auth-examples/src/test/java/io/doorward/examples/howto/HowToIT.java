package io.doorward.examples.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.Doorward;
import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.Operations.KeyReloadResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.ExplainResult;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.LoginCookies;
import io.doorward.auth.servlet.WebOptions;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages in docs/howto do what they say: their code runs, and their requests are sent. */
class HowToIT {
  private static final Path PAGES = Path.of("../docs/howto");
  private static final ClientContext CLIENT = ClientContext.unknown();
  private static final String PASSWORD = "a long enough pass phrase";
  private static final byte[] SECRET = TestSecrets.newKey();
  private static final byte[] OLD_SECRET = TestSecrets.newKey();

  private static TestDatabase database;
  private static String name;

  /** Shared, but by tests of other settings. */
  private static AuthService auth;

  @BeforeAll
  static void start() {
    TestSecrets.record(PASSWORD);
    database = TestPostgres.shared().newDatabase();
    name = TestRedis.shared().newNamespace().replaceAll("[^a-z0-9]", "");
    auth = service(it -> it);
  }

  @AfterAll
  static void stop() {
    auth.close();
    database.close();
  }

  @Test
  void aServletAppKeepsItsSessionInACookie() throws Exception {
    auth.signUp("ada@example.org", PASSWORD, CLIENT);
    assertThat(walked("servlet-app.md", context -> ServletApp.mount(context, auth))).isEqualTo(3);
  }

  @Test
  void aPageOfAnotherOriginIsServed() throws Exception {
    auth.signUp("lin@example.org", PASSWORD, CLIENT);
    assertThat(walked("spa.md", context -> mount(context, auth, SinglePageApp.options())))
        .isEqualTo(3);
  }

  @Test
  void anAppStaysLoggedInByItsRefreshToken() throws Exception {
    String redis = TestRedis.shared().uri().toString();
    try (TestDatabase own = TestPostgres.shared().newDatabase();
        AuthService app = MobileApp.service(own.jdbcUrl(), redis, SECRET)) {
      app.signUp("sam@example.org", PASSWORD, CLIENT);
      assertThat(walked("mobile.md", context -> mount(context, app, WebOptions.defaults())))
          .isEqualTo(4);
    }
  }

  @Test
  void aUserSeesAndEndsTheirSessions() throws Exception {
    auth.signUp("zoe@example.org", PASSWORD, CLIENT);
    AuthenticatedPrincipal telephone = principal(auth, "zoe@example.org");
    database.execute(
        "UPDATE "
            + name
            + ".sessions SET created_at = created_at - interval '1 hour' WHERE id = '"
            + telephone.session().id()
            + "'");
    assertThat(walked("sessions.md", context -> mount(context, auth, WebOptions.defaults())))
        .isEqualTo(4);

    ExplainResult result =
        auth.sessions()
            .explain(
                telephone.account(),
                telephone.session().id(),
                Deadline.after(Duration.ofSeconds(10)));
    assertThat(((ExplainResult.Ended) result).record().reason()).isEqualTo(EndReason.KICKED_OUT);
  }

  @Test
  void aSecondTelephoneFindsNoPlace() throws Exception {
    String redis = TestRedis.shared().uri().toString();
    try (TestDatabase own = TestPostgres.shared().newDatabase();
        AuthService limited = LimitDevices.service(own.jdbcUrl(), redis, SECRET)) {
      limited.signUp("ivo@example.org", PASSWORD, CLIENT);
      assertThat(
              walked("limit-devices.md", context -> mount(context, limited, WebOptions.defaults())))
          .isEqualTo(2);
    }
  }

  @Test
  void aUserOfAnotherProviderGetsASessionOnceLinked() throws Exception {
    auth.signUp("uma@example.org", PASSWORD, CLIENT);
    OpenIdLogin login = new OpenIdLogin(auth, LoginCookies.of(WebOptions.defaults()));
    ServletContextHandler application = new ServletContextHandler();
    application.addServlet(new Callback(login), "/callback");

    int linked =
        served(
            application,
            uri -> {
              URI callback = uri.resolve("/callback");
              assertThat(status(callback)).isEqualTo(401);
              AuthenticatedPrincipal uma = principal(auth, "uma@example.org");
              assertThat(login.link(uma, Callback.ISSUER, "248289761001"))
                  .isInstanceOf(NameAddResult.Added.class);
              return status(callback);
            });

    assertThat(linked).isEqualTo(204);
  }

  private static int status(URI uri) throws IOException, InterruptedException {
    HttpResponse<Void> response =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
    response
        .headers()
        .allValues("Set-Cookie")
        .forEach(cookie -> TestSecrets.record(cookie.split("[=;]", 3)[1]));
    assertThat(response.headers().allValues("Set-Cookie"))
        .hasSize(response.statusCode() == 204 ? 2 : 0);
    return response.statusCode();
  }

  @Test
  void aVisitorSeesPagesInPlaceOfProblems() throws Exception {
    auth.signUp("kim@example.org", PASSWORD, CLIENT);
    assertThat(walked("error-pages.md", context -> ErrorPages.mount(context, auth))).isEqualTo(4);
  }

  @Test
  void theFirstAdministratorIsMade() {
    auth.signUp("grace@example.org", PASSWORD, CLIENT);
    AuthenticatedPrincipal before = principal(auth, "grace@example.org");
    assertThat(FirstAdministrator.grant(auth, "grace@example.org"))
        .isInstanceOf(RoleChangeResult.Changed.class);

    assertThat(before.hasRole("admin")).isFalse();
    assertThat(principal(auth, "grace@example.org").hasRole("admin")).isTrue();
  }

  @Test
  void theFirstAdministratorIsMadeBySql() throws IOException {
    auth.signUp("mary@example.org", PASSWORD, CLIENT);
    database.execute(
        block("first-administrator.md", "sql")
            .replace("shop.", name + ".")
            .replace("grace@example.org", "mary@example.org"));

    assertThat(principal(auth, "mary@example.org").hasRole("admin")).isTrue();
  }

  @Test
  void editorsWriteAndAdministratorsDoAll() {
    try (AuthService site = service(it -> it.roleModel(EditorsAndAdmins.ROLES))) {
      SignUpResult.Created eva =
          (SignUpResult.Created) site.signUp("eva@example.org", PASSWORD, CLIENT);
      assertThat(principal(site, "eva@example.org").hasPermission("article:write")).isFalse();
      assertThat(EditorsAndAdmins.promote(site, eva.account()))
          .isInstanceOf(RoleChangeResult.Changed.class);

      AuthenticatedPrincipal editor = principal(site, "eva@example.org");
      assertThat(editor.hasPermission("article:write")).isTrue();
      assertThat(editor.hasRole("reader")).isTrue();
      assertThat(editor.hasRole("admin")).isFalse();
      assertThat(EditorsAndAdmins.mayDelete(editor, editor.getName())).isTrue();
      assertThat(EditorsAndAdmins.mayDelete(editor, "another account")).isFalse();

      FirstAdministrator.grant(site, "eva@example.org");
      AuthenticatedPrincipal admin = principal(site, "eva@example.org");
      assertThat(EditorsAndAdmins.mayDelete(admin, "another account")).isTrue();
      AuthFilter.of(site, EditorsAndAdmins.rules(), WebOptions.defaults());
    }
  }

  @Test
  void anAccountAndARowOfTheApplicationFindEachOther() {
    BringYourUsers users = new BringYourUsers(auth);
    SignUpResult.Created bob =
        (SignUpResult.Created) auth.signUp("bob@example.org", PASSWORD, CLIENT);

    assertThat(users.link(bob, "C-4711")).isEqualTo(new NameAddResult.Added(false));
    assertThat(users.accountOf("C-4711")).map(Account::id).contains(bob.account());
    assertThat(users.customerOf(bob.account())).contains("C-4711");
    assertThat(users.accountOf("C-4712")).isEmpty();
  }

  @Test
  void aTableOfTheApplicationRefersToAccounts() throws IOException {
    database.execute("CREATE TABLE customers (number text PRIMARY KEY)");
    database.execute(block("bring-your-users.md", "sql").replace("shop.", name + "."));
    SignUpResult.Created may =
        (SignUpResult.Created) auth.signUp("may@example.org", PASSWORD, CLIENT);
    database.execute("INSERT INTO customers VALUES ('C-1', '" + may.account().value() + "')");

    assertThat(auth.admin().deleteAccount(may.account(), Deadline.after(Duration.ofSeconds(10))))
        .isInstanceOf(AccountChangeResult.Changed.class);
  }

  @Test
  void aForgottenPasswordIsSetByALinkOnce() throws Exception {
    createLinks();
    SignUpResult.Created ida =
        (SignUpResult.Created) auth.signUp("ida@example.org", PASSWORD, CLIENT);
    ForgottenPassword page =
        new ForgottenPassword(auth, PasswordPolicy.defaults(), database.dataSource());
    String next = TestSecrets.newPassword().reveal();

    String replaced = TestSecrets.record(page.newLink(ida.account()));
    String link = TestSecrets.record(page.newLink(ida.account()));
    assertThat(page.reset(replaced, next)).isEqualTo(403);
    assertThat(page.reset(link, "too short")).isEqualTo(400);
    assertThat(page.reset(link, next)).isEqualTo(204);
    assertThat(page.reset(link, next)).isEqualTo(403);
    assertThat(auth.login("ida@example.org", next, CLIENT)).isInstanceOf(LoginResult.Success.class);
  }

  @Test
  void aLinkThatIsVoidOrLateSetsNoPassword() throws Exception {
    createLinks();
    SignUpResult.Created joe =
        (SignUpResult.Created) auth.signUp("joe@example.org", PASSWORD, CLIENT);
    ForgottenPassword page =
        new ForgottenPassword(auth, PasswordPolicy.defaults(), database.dataSource());
    String next = TestSecrets.newPassword().reveal();

    String ended = TestSecrets.record(page.newLink(joe.account()));
    page.forget(joe.account());
    assertThat(page.reset(ended, next)).isEqualTo(403);

    String late = TestSecrets.record(page.newLink(joe.account()));
    database.execute("UPDATE password_links SET expires_at = now()");
    assertThat(page.reset(late, next)).isEqualTo(403);
    assertThat(auth.login("joe@example.org", PASSWORD, CLIENT))
        .isInstanceOf(LoginResult.Success.class);
  }

  @Test
  void aRotationLogsNoUserOut() {
    String token;
    String later;
    try (AuthService before = keyed(it -> KeyRotation.before(it, OLD_SECRET))) {
      before.signUp("max@example.org", PASSWORD, CLIENT);
      token = token(before);
    }
    try (AuthService known = keyed(it -> KeyRotation.known(it, OLD_SECRET, SECRET))) {
      assertThat(known.check(token)).isInstanceOf(CheckResult.Active.class);
    }
    try (AuthService used = keyed(it -> KeyRotation.used(it, OLD_SECRET, SECRET))) {
      assertThat(used.check(token)).isInstanceOf(CheckResult.Active.class);
      later = token(used);
    }
    try (AuthService over = keyed(it -> KeyRotation.over(it, SECRET))) {
      assertThat(over.check(later)).isInstanceOf(CheckResult.Active.class);
      assertThat(over.check(token)).isInstanceOf(CheckResult.Rejected.class);
    }
  }

  @Test
  void aRotationByAFileNeedsNoRestart(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("keys");
    String old = "2026-05 " + Base64.getEncoder().encodeToString(OLD_SECRET);
    String fresh = "2026-11 " + Base64.getEncoder().encodeToString(SECRET);
    Files.writeString(file, old);
    try (TestDatabase own = TestPostgres.shared().newDatabase();
        AuthService running =
            KeyRotation.fromFile(
                    Doorward.builder(own.jdbcUrl(), TestRedis.shared().uri()).migrate(), file)
                .build()) {
      running.signUp("max@example.org", PASSWORD, CLIENT);
      String token = token(running);
      for (String step : List.of(old + '\n' + fresh, fresh + '\n' + old)) {
        Files.writeString(file, step);
        assertThat(running.operations().reloadKeys()).isNotInstanceOf(KeyReloadResult.Failed.class);
        assertThat(running.check(token)).isInstanceOf(CheckResult.Active.class);
      }
      String later = token(running);
      Files.writeString(file, fresh);
      assertThat(running.operations().reloadKeys()).isNotInstanceOf(KeyReloadResult.Failed.class);
      assertThat(running.check(later)).isInstanceOf(CheckResult.Active.class);
      assertThat(running.check(token)).isInstanceOf(CheckResult.Rejected.class);
    }
  }

  @Test
  void anotherServiceFindsThePublicKey(@TempDir Path directory) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    Path file = directory.resolve("key.pem");
    Files.writeString(
        file, pem("PRIVATE KEY", pair.getPrivate()) + pem("PUBLIC KEY", pair.getPublic()));

    // Of its own, because nodes on one database must have the same keys.
    try (TestDatabase own = TestPostgres.shared().newDatabase();
        AuthService signed =
            Doorward.builder(own.jdbcUrl(), TestRedis.shared().uri())
                .keys(VerifyTokens.keys(file, SECRET))
                .migrate()
                .build()) {
      assertThat(
              walked("verify-tokens.md", context -> mount(context, signed, WebOptions.defaults())))
          .isEqualTo(1);
    }
  }

  private static String pem(String label, Key key) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }

  @Test
  void aStreamEndsWithItsSession() throws Exception {
    auth.signUp("liv@example.org", PASSWORD, CLIENT);
    LoginResult.Success login =
        (LoginResult.Success) auth.login("liv@example.org", PASSWORD, CLIENT);
    ServletContextHandler application = new ServletContextHandler();
    AccessRules rules = AccessRules.builder().path("/updates").authenticated().build();
    application.addServletContainerInitializer(
        (classes, context) -> AuthFilter.of(auth, rules, WebOptions.defaults()).register(context));
    ServletHolder stream = new ServletHolder(new LiveUpdates(auth));
    stream.setAsyncSupported(true);
    application.addServlet(stream, "/updates");

    int again =
        served(
            application,
            uri -> {
              HttpRequest open =
                  HttpRequest.newBuilder(uri.resolve("/updates"))
                      .header(
                          "Cookie", "__Host-doorward=" + TestSecrets.record(login.token()).reveal())
                      .timeout(Duration.ofSeconds(60))
                      .build();
              HttpClient client = HttpClient.newHttpClient();
              HttpResponse<InputStream> opened = client.send(open, BodyHandlers.ofInputStream());
              assertThat(opened.statusCode()).isEqualTo(200);
              auth.logout(login.token(), Deadline.after(Duration.ofSeconds(10)));
              assertThat(opened.body().readAllBytes()).isEmpty();
              return client.send(open, BodyHandlers.discarding()).statusCode();
            });

    assertThat(again).isEqualTo(401);
  }

  @Test
  void aListenerHearsOfGuesses() {
    BlockingQueue<String> pages = new ArrayBlockingQueue<>(8);
    AuthListener listener = new GuessWatch(pages);
    try (AuthService heard = service(it -> it.listener(listener))) {
      heard.signUp("eve@example.org", PASSWORD, CLIENT);
      for (int i = 0; i < 5; i++) {
        assertThat(heard.login("eve@example.org", "not the pass phrase", CLIENT))
            .isInstanceOf(LoginResult.Rejected.class);
      }
    }
    assertThat(pages).containsExactly("guesses: ACCOUNT of unknown");
  }

  @Test
  void everyPageWithRequestsIsWalked() throws IOException {
    List<String> withRequests = new ArrayList<>();
    try (Stream<Path> pages = Files.list(PAGES)) {
      for (Path page : pages.toList()) {
        if (!HttpPage.blocks(page).isEmpty()) {
          withRequests.add(page.getFileName().toString());
        }
      }
    }

    assertThat(withRequests)
        .containsExactlyInAnyOrder(
            "servlet-app.md",
            "spa.md",
            "mobile.md",
            "error-pages.md",
            "verify-tokens.md",
            "sessions.md",
            "limit-devices.md");
  }

  private static void createLinks() throws IOException {
    database.execute(
        block("forgotten-password.md", "sql")
            .replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"));
  }

  private static AuthService service(UnaryOperator<Doorward.Builder> settings) {
    return keyed(it -> settings.apply(it.secret("2026-11", SECRET)));
  }

  private static AuthService keyed(UnaryOperator<Doorward.Builder> settings) {
    return settings
        .apply(Doorward.builder(database.jdbcUrl(), TestRedis.shared().uri()))
        .name(name)
        .migrate()
        .build();
  }

  private static String token(AuthService auth) {
    LoginResult login = auth.login("max@example.org", PASSWORD, CLIENT);
    return TestSecrets.record(((LoginResult.Success) login).token()).reveal();
  }

  private static AuthenticatedPrincipal principal(AuthService auth, String email) {
    LoginResult login = auth.login(email, PASSWORD, CLIENT);
    return ((LoginResult.Success) login).principal();
  }

  private static void mount(ServletContext context, AuthService auth, WebOptions options) {
    AccessRules rules =
        AccessRules.builder().path("/auth/**").permitAll().path("/account").authenticated().build();
    AuthFilter.of(auth, rules, options).register(context);
    AuthEndpoints.of(auth, options).register(context, "/auth/*");
  }

  private static int walked(String page, Consumer<ServletContext> mount) throws Exception {
    ServletContextHandler application = new ServletContextHandler();
    application.addServletContainerInitializer((classes, context) -> mount.accept(context));
    application.addServlet(new ServletApp.AccountPage(), "/account");
    application.addServlet(new Plain(), "/admin/*");
    application.addServlet(new Plain(), "/login");
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    errors.addErrorPage(403, "/refused");
    application.addServlet(new Plain(), "/refused");
    application.setErrorHandler(errors);
    return served(application, uri -> HttpPage.walk(PAGES.resolve(page), uri));
  }

  /** Does something with an application while it is served. */
  private static int served(ServletContextHandler application, Visit visit) throws Exception {
    Server jetty = new Server();
    jetty.setHandler(application);
    ServerConnector http = new ServerConnector(jetty);
    http.setHost("127.0.0.1");
    jetty.addConnector(http);
    jetty.start();
    try {
      return visit.to(URI.create("http://127.0.0.1:" + http.getLocalPort()));
    } finally {
      jetty.stop();
    }
  }

  private interface Visit {
    int to(URI uri) throws Exception;
  }

  private static String block(String page, String language) throws IOException {
    String text = Files.readString(PAGES.resolve(page));
    String start = "```" + language + "\n";
    int from = text.indexOf(start) + start.length();
    return text.substring(from, text.indexOf("```", from));
  }

  /** What the client library for OpenID Connect has verified arrives here. */
  private static final class Callback extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String ISSUER = "https://id.example.org";

    private final transient OpenIdLogin login;

    Callback(OpenIdLogin login) {
      this.login = login;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      login.answer(login.logIn(ISSUER, "248289761001", request), request, response);
    }
  }

  /** A page that says where it is. */
  private static final class Plain extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentType("text/plain;charset=utf-8");
      response.getWriter().print("This is " + request.getServletPath());
    }
  }
}
