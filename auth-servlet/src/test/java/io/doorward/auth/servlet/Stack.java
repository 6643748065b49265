package io.doorward.auth.servlet;

import com.google.errorprone.annotations.Immutable;

/** A servlet container and the version of HTTP in which it is asked: what request tests run on. */
enum Stack {
  JETTY_HTTP1(JettyContainer::start, false),
  JETTY_HTTP2(JettyContainer::start, true),
  TOMCAT_HTTP1(TomcatContainer::start, false),
  TOMCAT_HTTP2(TomcatContainer::start, true),
  UNDERTOW_HTTP1(UndertowContainer::start, false),
  UNDERTOW_HTTP2(UndertowContainer::start, true);

  private final Starter starter;
  private final boolean http2;

  Stack(Starter starter, boolean http2) {
    this.starter = starter;
    this.http2 = http2;
  }

  /** Starts a container on a free port of the loopback interface. */
  Container start(Site site) {
    return starter.start(site);
  }

  boolean isHttp2() {
    return http2;
  }

  /** Starts a container. */
  @Immutable
  private interface Starter {
    Container start(Site site);
  }

  /** A container that runs. It speaks HTTP/1.1 and HTTP/2 without TLS on one port. */
  interface Container extends AutoCloseable {
    int port();

    @Override
    void close();
  }
}
