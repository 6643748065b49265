package io.doorward.consumer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application whose users were in the tables of Spring Security's {@code JdbcDaoImpl}. Spring
 * Security still decides which path is whose; Doorward has the users and their sessions.
 */
@SpringBootApplication
@RestController
public class Members {
  public static void main(String[] args) {
    SpringApplication.run(Members.class, args);
  }

  @Bean
  SecurityFilterChain paths(HttpSecurity http) {
    return http.authorizeHttpRequests(
            requests ->
                requests.requestMatchers("/board").hasRole("BOARD").anyRequest().authenticated())
        .build();
  }

  @GetMapping("/")
  String home(Authentication member) {
    return member.getAuthorities().toString();
  }

  @GetMapping("/board")
  String board() {
    return "Minutes";
  }
}
