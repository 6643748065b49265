package io.doorward.auth.servlet;

import io.doorward.auth.base.ClientContext;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the client's address of a request. Thread-safe.
 *
 * <p>Security: headers are trusted only as far as trusted proxies wrote them. The list is peeled
 * from its right end: the peer is trusted, so the entry that it appended is genuine; if that one is
 * trusted too, so is the entry before it, and so on. Forged entries of a client stand further left
 * and are never reached. If the peer is no trusted proxy, its headers are not parsed.
 */
final class ClientAddress {
  private static final Pattern IPV4_WITH_PORT = Pattern.compile("([0-9.]+):[0-9]{1,5}");
  private static final Pattern BRACKETED = Pattern.compile("\\[([^]]*)](?::[0-9]{1,5})?");

  private final ProxyHeader header;
  private final List<AddressBlock> trusted;

  ClientAddress(ProxyHeader header, List<AddressBlock> trusted) {
    this.header = header;
    this.trusted = trusted;
  }

  ClientContext context(ReceivedRequest request) throws RefusedRequest {
    ClientContext context = ofNetwork(request);
    return request.header("User-Agent").map(context::withUserAgent).orElse(context);
  }

  /**
   * Returns the address of a client whose other headers cannot be read; it is the peer's where the
   * header of the proxies cannot be read either.
   */
  ClientContext addressOnly(ReceivedRequest request) {
    try {
      return ofNetwork(request);
    } catch (RefusedRequest e) {
      return peer(request).map(ClientContext::of).orElseGet(ClientContext::unknown);
    }
  }

  private ClientContext ofNetwork(ReceivedRequest request) throws RefusedRequest {
    Optional<InetAddress> peer = peer(request);
    return peer.isEmpty()
        ? ClientContext.unknown()
        : ClientContext.of(find(peer.get(), request.headers(header.field())));
  }

  /** Returns the address of the connection's peer; empty if it is not known. */
  Optional<InetAddress> peer(ReceivedRequest request) {
    try {
      return request.peer().flatMap(ClientAddress::parse);
    } catch (RefusedRequest e) {
      return Optional.empty();
    }
  }

  /**
   * Peels the header.
   *
   * @param peer the address of the connection's peer
   * @param lines the header's values in the order in which they stand in the request
   */
  InetAddress find(InetAddress peer, List<String> lines) {
    InetAddress client = peer;
    for (int line = lines.size() - 1; line >= 0 && isTrusted(client); line--) {
      List<String> hops = hops(lines.get(line));
      if (hops.isEmpty()) {
        return client;
      }
      for (int hop = hops.size() - 1; hop >= 0 && isTrusted(client); hop--) {
        Optional<InetAddress> before = parse(hops.get(hop));
        if (before.isEmpty()) {
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

  /** Reads the {@code for} of every element (RFC 7239, 4); an element without one is empty text. */
  private static List<String> forwardedFor(String line) {
    List<String> hops = new ArrayList<>();
    HeaderText text = new HeaderText(line);
    do {
      String hop = "";
      do {
        text.skipSpace();
        Optional<String> name = text.token();
        Optional<String> value = text.take('=') ? text.looseValue() : Optional.empty();
        if (name.isEmpty() || value.isEmpty()) {
          return List.of();
        }
        if (name.get().equalsIgnoreCase("for")) {
          hop = value.get();
        }
        text.skipSpace();
      } while (text.take(';'));
      hops.add(hop);
    } while (text.take(','));
    return text.isAtEnd() ? hops : List.of();
  }

  /** Reads an address with or without brackets, port and scope. */
  static Optional<InetAddress> parse(String text) {
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
