"""The authorization server: SMART App Launch 2.2 and OpenID Connect, on Authlib and joserfc.

https://hl7.org/fhir/smart-app-launch/, https://openid.net/specs/openid-connect-core-1_0.html
"""
