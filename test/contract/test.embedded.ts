import { tap } from '@push.rocks/tapbundle';
import { embeddedHost } from '../helpers/hosts/embeddedhost.js';
import { contract } from './contract.js';

contract(tap, embeddedHost);

export default tap.start({ throwOnError: true });
