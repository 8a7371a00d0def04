/**
 * What the bundles take in place of `node:http2`, which takes longer to load than anything else of Node.js here: DynamoDB
 * and EventBridge are spoken to by HTTP/1.1, and the SDK's handler for HTTP/2 only comes along with the one for that.
 */
export default {};
