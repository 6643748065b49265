package io.doorward.examples;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.BrowserType.LaunchPersistentContextOptions;
import com.microsoft.playwright.Playwright;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The operating system's Chromium without a window, in which every context is a person of its own
 * with empty storage. Not thread-safe: it belongs to the thread that started it.
 */
final class Chromium implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/bin/chromium");
  private static final double PATIENCE_MILLIS = 10_000;

  /** It asks no server of its maker for anything. */
  private static final List<String> ARGUMENTS =
      List.of(
          "--no-sandbox",
          "--disable-gpu",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--no-first-run");

  /** People's browsers go back to the page as it was, in memory, where they may. */
  private static final List<String> UNLIKE_PEOPLES = List.of("--disable-back-forward-cache");

  private final Playwright playwright =
      Playwright.create(
          // It would fetch browsers of its own.
          new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
  private final Browser browser;

  Chromium() {
    try {
      browser =
          playwright
              .chromium()
              .launch(
                  new LaunchOptions()
                      .setExecutablePath(PROGRAM)
                      .setHeadless(true)
                      .setArgs(ARGUMENTS)
                      .setIgnoreDefaultArgs(UNLIKE_PEOPLES));
    } catch (RuntimeException e) {
      playwright.close();
      throw e;
    }
  }

  /** Opens the browser of another person. */
  BrowserContext person() {
    return person(new Browser.NewContextOptions());
  }

  BrowserContext person(Browser.NewContextOptions options) {
    return patient(browser.newContext(options));
  }

  /** Opens a browser that keeps in a directory what outlives it, as people's browsers do. */
  BrowserContext personAt(Path profile) {
    return patient(
        playwright
            .chromium()
            .launchPersistentContext(
                profile,
                new LaunchPersistentContextOptions()
                    .setExecutablePath(PROGRAM)
                    .setHeadless(true)
                    .setArgs(ARGUMENTS)));
  }

  @Override
  public void close() {
    try (playwright) {
      browser.close();
    }
  }

  private static BrowserContext patient(BrowserContext person) {
    person.setDefaultTimeout(PATIENCE_MILLIS);
    return person;
  }
}
