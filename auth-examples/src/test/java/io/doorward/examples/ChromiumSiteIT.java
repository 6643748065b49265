package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The site in a real browser, by links, forms and its back button. */
@ExtendWith(ChromiumLab.Shared.class)
final class ChromiumSiteIT {
  private final ChromiumLab lab;
  private final Chromium chromium;
  private final BrowserContext person;
  private final Page page;

  ChromiumSiteIT(ChromiumLab lab) {
    this.lab = lab;
    this.chromium = lab.chromium();
    this.person = lab.person();
    this.page = lab.page();
  }

  @Test
  void aUserLogsInByTheFormAndIsGreeted() {
    visit("/");
    assertThat(text("#greeting")).isEqualTo("Hello");
    page.click("#login");
    fillIn(ExampleSite.USER, ExampleSite.PASSWORD);
    assertThat(text("#greeting")).isEqualTo("Hello, " + ExampleSite.USER);
    assertThat(path()).isEqualTo("/");
  }

  @Test
  void theSiteNeedsNoScript() {
    try (BrowserContext without =
        chromium.person(new NewContextOptions().setJavaScriptEnabled(false))) {
      Page plain = without.newPage();
      lab.logIn(plain, ExampleSite.USER);
      plain.click("#logout-button");
      plain.click("#login");
      assertThat(plain.textContent("#title")).isEqualTo("Log in");
    }
  }

  @Test
  void aWrongPasswordIsToldOnTheLoginPage() {
    visit("/login");
    fillIn(ExampleSite.USER, "not the pass phrase at all");
    assertThat(text("#error")).isEqualTo("Address or password is wrong.");
    assertThat(text("#title")).isEqualTo("Log in");
    assertThat(page.url()).doesNotContain("phrase", "ada");
    visit("/account");
    assertThat(text("#title")).isEqualTo("Log in");
  }

  @Test
  void aVisitorIsBroughtBackAfterALoginThatFailedOnce() {
    visit("/account");
    assertThat(path()).isEqualTo("/login?return=%2Faccount");
    fillIn(ExampleSite.USER, "not the pass phrase at all");
    assertThat(text("#error")).isNotEmpty();
    fillIn(ExampleSite.USER, ExampleSite.PASSWORD);
    assertThat(text("#login-id")).isEqualTo(ExampleSite.USER);
    assertThat(path()).isEqualTo("/account");
  }

  @Test
  void noWayBackLeadsToAnotherSite() {
    for (String evil : List.of("//evil.example/", "https://evil.example/", "/\\evil.example/")) {
      visit("/login");
      page.evaluate("evil => document.getElementById('return').value = evil", evil);
      fillIn(ExampleSite.USER, ExampleSite.PASSWORD);
      assertThat(text("#greeting")).as(evil).contains(ExampleSite.USER);
      assertThat(path()).as(evil).isEqualTo("/");
    }
  }

  @Test
  void aLinkWithAnEvilWayBackIsHarmless() {
    for (String evil :
        List.of("%2F%2Fevil.example", "https:%2F%2Fevil.example", "%2F%5Cevil.example")) {
      visit("/login?return=" + evil);
      assertThat(page.inputValue("#return")).as(evil).isEqualTo("/");
    }
  }

  @Test
  void theAdministrationIsForAdministrators() {
    lab.logIn(page, ExampleSite.USER);
    assertThat(page.navigate(url("/admin")).status()).isEqualTo(403);
    assertThat(text("#title")).isEqualTo("Error 403");

    lab.logIn(page, ExampleSite.ADMIN);
    assertThat(page.navigate(url("/admin")).status()).isEqualTo(200);
    assertThat(text("#title")).isEqualTo("Administration");
  }

  @Test
  void aCookieOfAnEndedSessionOpensNothing() {
    lab.logIn(page, ExampleSite.USER);
    Cookie stolen = lab.session(person);
    page.click("#logout-button");
    page.waitForSelector("#login");
    assertThat(lab.hasSession(person)).isFalse();

    try (BrowserContext thief = chromium.person()) {
      thief.addCookies(List.of(stolen));
      Page theirs = thief.newPage();
      theirs.navigate(url("/account"));
      assertThat(theirs.url()).isEqualTo(url("/login?return=%2Faccount"));
    }
  }

  @Test
  void theCookieIsForTheServerAlone() {
    lab.logIn(page, ExampleSite.USER);
    Cookie session = lab.session(person);
    assertThat(session.httpOnly).isTrue();
    assertThat(session.sameSite).isEqualTo(SameSiteAttribute.LAX);
    assertThat(session.path).isEqualTo("/");
    assertThat(session.domain).isEqualTo("localhost");
    assertThat(session.expires).as("ends with the browser").isEqualTo(-1);
    // In development mode, on this machine: without "__Host-", which browsers take with TLS only.
    assertThat(session.secure).isFalse();
    assertThat(page.evaluate("document.cookie")).isEqualTo("");
  }

  @Test
  void theCookieIsAnotherOneAfterEachLogin() {
    lab.logIn(page, ExampleSite.USER);
    String first = lab.session(person).value;
    lab.logIn(page, ExampleSite.USER);
    assertThat(lab.session(person).value).isNotEqualTo(first);
  }

  @Test
  void aSessionThatWasForcedUponAVictimIsNotTheirs() {
    try (BrowserContext attacker = chromium.person()) {
      Page theirs = attacker.newPage();
      lab.logIn(theirs, ExampleSite.USER);
      Cookie planted = lab.session(attacker);
      person.addCookies(List.of(planted));

      lab.logIn(page, ExampleSite.ADMIN);

      assertThat(lab.session(person).value).isNotEqualTo(planted.value);
      theirs.navigate(url("/admin"));
      assertThat(theirs.url()).isEqualTo(url("/login?return=%2Fadmin"));
    }
  }

  @Test
  void theBackButtonShowsNothingAfterTheLogout() {
    lab.logIn(page, ExampleSite.USER);
    visit("/account");
    assertThat(text("#login-id")).isEqualTo(ExampleSite.USER);
    page.click("#home");
    page.click("#logout-button");
    page.waitForSelector("#login");

    page.evaluate("history.back()");
    page.waitForURL(url("/"));
    assertThat(page.textContent("body")).contains("Hello").doesNotContain(ExampleSite.USER);
    page.evaluate("history.back()");
    page.waitForURL(url("/login?return=%2Faccount"));
    assertThat(page.textContent("body")).contains("Log in").doesNotContain(ExampleSite.USER);
  }

  @Test
  void aRememberedUserOutlivesTheBrowser(@TempDir Path profile) {
    try (BrowserContext evening = chromium.personAt(profile)) {
      Page login = evening.newPage();
      login.navigate(url("/login"));
      login.check("#remember");
      lab.fillIn(login, ExampleSite.USER, ExampleSite.PASSWORD);
      login.waitForSelector("#greeting");
      assertThat(Instant.ofEpochSecond(Math.round(lab.session(evening).expires)))
          .isAfter(Instant.now().plus(Duration.ofDays(27)).minusSeconds(60)); // 10 % of jitter
    }
    try (BrowserContext morning = chromium.personAt(profile)) {
      Page account = morning.newPage();
      account.navigate(url("/account"));
      assertThat(account.textContent("#login-id")).isEqualTo(ExampleSite.USER);
    }
  }

  @Test
  void aLogoutEndsTheSessionOfThisBrowserOnly() {
    try (BrowserContext other = chromium.person()) {
      Page elsewhere = other.newPage();
      lab.logIn(page, ExampleSite.USER);
      lab.logIn(elsewhere, ExampleSite.USER);
      page.click("#logout-button");
      page.waitForSelector("#login");

      elsewhere.navigate(url("/account"));
      assertThat(elsewhere.textContent("#login-id")).isEqualTo(ExampleSite.USER);
    }
  }

  @Test
  void oneBrowserEndsTheSessionOfAnother() {
    lab.logIn(page, ExampleSite.USER);
    try (BrowserContext lost =
        chromium.person(new NewContextOptions().setUserAgent("a lost phone"))) {
      Page elsewhere = lost.newPage();
      lab.logIn(elsewhere, ExampleSite.USER);
      page.click("#sessions");
      assertThat(text("#title")).isEqualTo("Your sessions");
      int before = page.locator("#live li").count();

      page.click("#live li:has-text('a lost phone') button");
      page.waitForFunction(
          "rows => document.querySelectorAll('#live li').length === rows", before - 1);

      assertThat(path()).isEqualTo("/sessions");
      assertThat(text("#ended li")).endsWith(": kicked_out");
      elsewhere.navigate(url("/account"));
      assertThat(elsewhere.url()).isEqualTo(url("/login?return=%2Faccount"));
      visit("/account");
      assertThat(text("#login-id")).isEqualTo(ExampleSite.USER);
    }
  }

  @Test
  void theLogoutOfOneTabIsThatOfTheOther() {
    lab.logIn(page, ExampleSite.USER);
    Page tab = person.newPage();
    tab.navigate(url("/"));
    tab.click("#logout-button");
    tab.waitForSelector("#login");

    page.click("#account");
    page.waitForSelector("#login-form");
    assertThat(path()).isEqualTo("/login?return=%2Faccount");
  }

  @Test
  void noPageMakesTheBrowserComplain() {
    List<String> complaints = new ArrayList<>();
    person.onConsoleMessage(message -> complaints.add(message.type() + ": " + message.text()));
    person.onWebError(error -> complaints.add(error.error()));
    person.onRequestFailed(request -> complaints.add("failed: " + request.url()));

    visit("/");
    visit("/login?error=login_rejected");
    lab.logIn(page, ExampleSite.ADMIN);
    visit("/account");
    visit("/admin");
    page.click("#home");
    page.click("#logout-button");
    page.waitForSelector("#login");

    assertThat(complaints).isEmpty();
  }

  private void visit(String path) {
    page.navigate(url(path));
  }

  private String text(String selector) {
    return page.textContent(selector);
  }

  private String path() {
    return page.url().substring(url("").length() - 1);
  }

  private void fillIn(String email, String password) {
    lab.fillIn(page, email, password);
  }

  private String url(String path) {
    return lab.url(path);
  }
}
