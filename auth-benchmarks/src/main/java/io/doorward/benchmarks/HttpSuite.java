package io.doorward.benchmarks;

import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.WebOptions;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;

/** A request over HTTP, with its cookie, through a filter to a small page. */
final class HttpSuite {
  private static final String BY_HAND = "session";

  private HttpSuite() {}

  static Suite suite() {
    return new Suite(
        "http",
        "A request to Jetty, beside one that no filter checks",
        List.of(8, 64),
        List.of(
            new Contender("no filter", HttpSuite::plain),
            new Contender("by hand: java-jwt HS256, then GET", HttpSuite::byHand),
            new Contender("Doorward, Redis", HttpSuite::onRedis),
            new Contender("Doorward, durable", HttpSuite::durable)));
  }

  private static Operation plain(Servers servers, Opened opened) throws Exception {
    List<String> tokens = TokenAndGet.open(servers, opened).tokens();
    return requests(opened, context -> {}, BY_HAND, tokens);
  }

  private static Operation byHand(Servers servers, Opened opened) throws Exception {
    TokenAndGet check = TokenAndGet.open(servers, opened);
    Filter filter =
        (request, response, chain) -> {
          request.setAttribute("user", check.check(cookie((HttpServletRequest) request)));
          chain.doFilter(request, response);
        };
    return requests(
        opened,
        context ->
            context
                .addFilter("by-hand", filter)
                .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*"),
        BY_HAND,
        check.tokens());
  }

  private static String cookie(HttpServletRequest request) {
    for (Cookie cookie : request.getCookies()) {
      if (cookie.getName().equals(BY_HAND)) {
        return cookie.getValue();
      }
    }
    throw new IllegalStateException("the request has no cookie");
  }

  private static Operation onRedis(Servers servers, Opened opened) throws Exception {
    return doorward(servers, opened, Service.Setup.of("http_redis", servers.users()));
  }

  private static Operation durable(Servers servers, Opened opened) throws Exception {
    return doorward(servers, opened, Service.Setup.of("http_durable", servers.users()).durably());
  }

  private static Operation doorward(Servers servers, Opened opened, Service.Setup setup)
      throws Exception {
    Service service = Service.open(servers, opened, setup);
    AccessRules rules = AccessRules.builder().path(Web.PATH).authenticated().build();
    AuthFilter filter = AuthFilter.of(service.auth(), rules, WebOptions.defaults());
    return requests(opened, filter::register, "__Host-doorward", service.tokens());
  }

  private static Operation requests(
      Opened opened, Consumer<ServletContext> filter, String cookie, List<String> tokens)
      throws Exception {
    Web web = opened.add(Web.start(filter));
    Browsers browsers = opened.add(new Browsers(web.port()));
    return turn -> browsers.get(cookie + "=" + tokens.get(turn % tokens.size()));
  }
}
