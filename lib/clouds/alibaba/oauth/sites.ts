/**
 * Alibaba Cloud's OAuth service: where a person signs in, and where tokens are given, by the site of the account.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/configure.go`.
 *
 * @module
 */

/** A site. */
export interface OauthSite {
  /** As the aliyun CLI's profiles call it. */
  readonly name: "CN" | "INTL";
  /**
   * The aliyun CLI, as it is registered there: a public client without a secret. Tokens in its profiles are bound to it,
   * so that whoever shares these profiles signs in as it.
   */
  readonly clientId: string;
  /** The origin of the page where a person signs in and consents. */
  readonly signIn: string;
  /** The origin that gives tokens for codes, and keys for tokens. */
  readonly service: string;
}

const SITES: readonly OauthSite[] = [
  {
    name: "CN",
    clientId: "4038181954557748008",
    signIn: "https://signin.aliyun.com",
    service: "https://oauth.aliyun.com",
  },
  {
    name: "INTL",
    clientId: "4103531455503354461",
    signIn: "https://signin.alibabacloud.com",
    service: "https://oauth.alibabacloud.com",
  },
];

/** The site of that name, in any case. Trust: whoever wrote the user's profile chose it. */
export function oauthSite(name: string): OauthSite | undefined {
  return SITES.find((site) => site.name === name.toUpperCase());
}
