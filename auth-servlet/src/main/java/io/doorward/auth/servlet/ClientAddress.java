package io.doorward.auth.servlet;

import io.doorward.auth.base.ClientContext;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds out where a request comes from. Thread-safe.
 *
 * <p>Security: headers are believed only as far as trusted proxies wrote them. The list is peeled
 * from its right end: the peer is trusted, so the entry that it appended is genuine; is that one
 * trusted too, the one before is; and so on. What a client made up stands further left and is never
 * reached.
 */
final class ClientAddress {
  /** {@code name=value} of RFC 7239, the value a token or a quoted string without escapes. */
  private static final Pattern PAIR =
      Pattern.compile("[ \\t]*([A-Za-z]+)=(?:\"([^\"\\\\]*)\"|([^\",;\\\\ \\t]+))[ \\t]*");

  private static final Pattern IPV4_WITH_PORT = Pattern.compile("([0-9.]+):[0-9]{1,5}");
  private static final Pattern BRACKETED = Pattern.compile("\\[([^]]*)](?::[0-9]{1,5})?");

  private final ProxyHeader header;
  private final List<AddressBlock> trusted;

  ClientAddress(ProxyHeader header, List<AddressBlock> trusted) {
    this.header = header;
    this.trusted = trusted;
  }

  ClientContext context(HttpServletRequest request) {
    ClientContext context =
        parse(request.getRemoteAddr())
            .map(peer -> find(peer, Collections.list(request.getHeaders(header.field()))))
            .map(ClientContext::of)
            .orElse(ClientContext.unknown());
    String userAgent = request.getHeader("User-Agent");
    return userAgent == null ? context : context.withUserAgent(userAgent);
  }

  /**
   * Peels the header.
   *
   * @param peer who the connection is from
   * @param lines the header's values in the order in which they stand in the request
   */
  InetAddress find(InetAddress peer, List<String> lines) {
    InetAddress client = peer;
    for (int line = lines.size() - 1; line >= 0; line--) {
      List<String> hops = hops(lines.get(line));
      if (hops.isEmpty()) {
        return client;
      }
      for (int hop = hops.size() - 1; hop >= 0; hop--) {
        Optional<InetAddress> before = parse(hops.get(hop));
        if (!isTrusted(client) || before.isEmpty()) {
          return client;
        }
        client = before.get();
      }
    }
    return client;
  }

  private boolean isTrusted(InetAddress address) {
    return trusted.stream().anyMatch(block -> block.contains(address));
  }

  /** Splits one line into its entries; nothing if it is not well-formed. */
  private List<String> hops(String line) {
    return header == ProxyHeader.FORWARDED ? forwardedFor(line) : List.of(line.split(",", -1));
  }

  private static List<String> forwardedFor(String line) {
    List<String> hops = new ArrayList<>();
    Matcher pair = PAIR.matcher(line);
    String hop = "";
    int at = 0;
    while (pair.find(at) && pair.start() == at) {
      if (pair.group(1).equalsIgnoreCase("for")) {
        hop = pair.group(2) == null ? pair.group(3) : pair.group(2);
      }
      at = pair.end();
      if (at == line.length()) {
        hops.add(hop);
        return hops;
      }
      if (line.charAt(at) == ',') {
        hops.add(hop);
        hop = "";
      } else if (line.charAt(at) != ';') {
        return List.of();
      }
      at++;
    }
    return List.of();
  }

  /** Reads an address with or without brackets, port and scope. */
  private static Optional<InetAddress> parse(String text) {
    String address = text.strip();
    Matcher port = IPV4_WITH_PORT.matcher(address);
    Matcher brackets = BRACKETED.matcher(address);
    if (port.matches()) {
      address = port.group(1);
    } else if (brackets.matches()) {
      address = brackets.group(1);
    }
    int scope = address.indexOf('%');
    return AddressBlock.address(scope < 0 ? address : address.substring(0, scope));
  }
}
