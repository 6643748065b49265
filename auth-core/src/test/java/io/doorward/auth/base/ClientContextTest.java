package io.doorward.auth.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ClientContextTest {
  @Test
  void anIpv4AddressIsItsOwnNetwork() throws UnknownHostException {
    assertThat(network("192.0.2.1")).isEqualTo("192.0.2.1");
    assertThat(network("192.0.2.1")).isNotEqualTo(network("192.0.2.2"));
  }

  @Test
  void allAddressesOfAnIpv6Slash64AreOneNetwork() throws UnknownHostException {
    String network = network("2001:db8:1:2::1");

    assertThat(network).isEqualTo("2001:db8:1:2:0:0:0:0/64");
    assertThat(network("2001:db8:1:2:ffff:ffff:ffff:ffff")).isEqualTo(network);
    assertThat(network("2001:db8:1:3::1")).isNotEqualTo(network);
    assertThat(network("2001:db8:1:2:0:1:0:0")).isEqualTo(network);
  }

  @Test
  void anIpv4AddressInIpv6ClothesIsTheIpv4Network() throws UnknownHostException {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 1};

    assertThat(network("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
    InetAddress kept = Inet6Address.getByAddress(null, mapped, -1);
    assertThat(kept).isInstanceOf(Inet6Address.class);
    assertThat(ClientContext.of(kept).network()).hasValue("192.0.2.1");
  }

  @Test
  void aZoneOfTheHostIsNoPartOfTheNetwork() throws UnknownHostException {
    byte[] linkLocal = {(byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    assertThat(ClientContext.of(Inet6Address.getByAddress("x", linkLocal, 3)).network())
        .hasValue("fe80:0:0:0:0:0:0:0/64");
  }

  @Test
  void whatIsNotKnownIsAbsent() {
    assertThat(ClientContext.unknown().network()).isEmpty();
    assertThat(ClientContext.unknown().address()).isEmpty();
    assertThat(ClientContext.unknown().userAgent()).isEmpty();
    assertThat(ClientContext.unknown().deviceCookie()).isEmpty();
    assertThat(ClientContext.unknown())
        .hasToString("ClientContext[network=unknown, deviceCookie=absent]");
  }

  @Test
  void theUserAgentIsCutAndCleaned() {
    assertThat(userAgent("curl/8\r\nX: y\u0000\u0085\u2028\u202e\ud800z"))
        .isEqualTo("curl/8  X: y     z");
    assertThat(userAgent("a".repeat(1000))).hasSize(256);
    String pairs = "\ud83d\ude00".repeat(200);
    assertThat(userAgent(pairs)).isEqualTo(pairs.substring(0, 256));
    assertThat(userAgent("a" + pairs)).isEqualTo("a" + pairs.substring(0, 254));
    assertThat(userAgent("")).isEmpty();
  }

  @Test
  void aDeviceCookieIsKeptExactlyOrNotAtAllAndNeverShown() {
    ClientContext client = ClientContext.unknown().withDeviceCookie("secret-value");

    assertThat(client.deviceCookie()).hasValue("secret-value");
    assertThat(client.withUserAgent("ua").deviceCookie()).hasValue("secret-value");
    assertThat(client.toString()).contains("present").doesNotContain("secret");
    assertThat(client.withDeviceCookie("x".repeat(257)).deviceCookie()).isEmpty();
    assertThat(client.withDeviceCookie("x".repeat(256)).deviceCookie()).isPresent();
    assertThat(client.withDeviceCookie("").deviceCookie()).isEmpty();
  }

  private static String network(String address) throws UnknownHostException {
    return ClientContext.of(InetAddress.getByName(address)).network().orElseThrow();
  }

  private static String userAgent(String text) {
    return ClientContext.unknown().withUserAgent(text).userAgent().orElseThrow();
  }
}
